using System.Text.Json.Nodes;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using PortraitGen.Conformance.Tests.Artifacts;
using PortraitGen.Domain.Maths;
using PortraitGen.EndToEnd.Tests.Faults;
using PortraitGen.Jobs.Artifacts;

namespace PortraitGen.EndToEnd.Tests;

/// <summary>What stores and disks do wrong.</summary>
public sealed class StoreFaultTests(MicroFixture fixture)
{
    private const ulong Seed = 20260;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>One request in eight is spoilt: 503, reset before or after it was done, cut short, a byte flipped, slow.</summary>
    [Fact]
    public async Task A_store_that_spoils_one_request_in_eight_changes_nothing()
    {
        var place = await Servers.ServerPlace.TakeAsync();
        await using var front = await FaultyFront.StartAsync(new Uri(place.Environment["PORTRAITGEN_S3"]!), Cancel);
        var (rng, seen, spoilt) = (CounterRng.For(Seed, "store"), 0L, 0);
        FrontFault[] faults = [FrontFault.Answer503, FrontFault.ResetBefore, FrontFault.ResetAfter, FrontFault.TruncateBody, FrontFault.FlipByte, FrontFault.Slow];
        front.Rule = request =>
        {
            long n = Interlocked.Increment(ref seen);
            if (rng.Below(2 * n, 8) != 0) return Task.FromResult<FrontFault?>(null);
            Interlocked.Increment(ref spoilt);
            var fault = faults[rng.Below(2 * n + 1, faults.Length)];
            return Task.FromResult<FrontFault?>(request.Method != "GET" && fault is FrontFault.FlipByte or FrontFault.TruncateBody ? FrontFault.ResetAfter : fault);
        };
        var through = place.Through(s3: front.Address);
        await using var run = await DistributedRun.StartAsync(fixture, place, through, Micro.MicroCampaign.Epochs);
        await run.ObservedAsync(async () =>
        {
            await run.StartWorkerAsync("one", through);
            var campaign = await run.Campaign.SubmitAsync(Cancel);
            await run.SameHashAsync($"{spoilt} of {seen} requests spoilt", campaign);
            Assert.True(spoilt > 30, $"{spoilt} of {seen} requests were spoilt.");
        });
    }

    [Fact]
    public async Task A_worker_whose_disk_is_full_leaves_the_work_to_others_and_says_what_to_do()
    {
        await using var run = await DistributedRun.StartAsync(fixture);
        await run.ObservedAsync(async () =>
        {
            // A disk of 64 kB, too small for the base model, in a mount namespace of the worker's own.
            var full = await run.StartWorkerAsync("full", within: ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", "mount -t tmpfs -o size=64k none \"$PORTRAITGEN_WORKER_CACHE\" && exec \"$0\" \"$@\""]);
            var campaign = await run.Campaign.SubmitAsync(Cancel);
            await run.Place.UntilAsync("SELECT count(*) FROM shard_attempts WHERE worker = 'full' AND outcome = 'infra'");
            await full.SaysAsync("disk of this worker is full", TimeSpan.FromSeconds(10));
            Assert.Contains("Free space", await run.Place.TextAsync("SELECT failure_reason FROM shards WHERE failure_class = 'infra' LIMIT 1"));
            await run.StartWorkerAsync("healthy");
            await run.SameHashAsync("one disk full", campaign);
            Assert.InRange(await run.Place.CountAsync("SELECT count(*) FROM shard_attempts WHERE worker = 'full' AND outcome = 'infra'"), 1, 3);
        });
    }

    /// <summary>A policy version rots in the bucket. Who reads it says so loudly; its update is done again from its parent, to the same bits.</summary>
    [Fact]
    public async Task A_corrupt_checkpoint_is_named_and_made_again_from_its_parent()
    {
        await using var run = await DistributedRun.StartAsync(fixture);
        int updates = 0;
        string? rollout = null;
        await using var points = await KillPoints.StartAsync(run.Place, (kind, key) =>
        {
            if (kind == "update") updates++;
            return kind == "rollout" && updates >= 2 && (rollout ??= key) == key ? Moment.Upload : null; // of the second epoch
        });
        await run.ObservedAsync(async () =>
        {
            var first = await run.StartWorkerAsync("first", points.Environment);
            var campaign = await run.Campaign.SubmitAsync(Cancel);
            await points.NextAsync(Cancel).WaitAsync(Micro.MicroCampaign.Patience, Cancel);
            var input = JsonNode.Parse((await run.Place.TextAsync("SELECT input FROM shards WHERE input_key = @key", ("key", rollout!)))!)!;
            string policy = input["policy"]!.GetValue<string>();
            var bucket = S3Options.Parse(run.Place.Environment["PORTRAITGEN_S3"]!);
            using var s3 = new AmazonS3Client(new BasicAWSCredentials(bucket.AccessKey, bucket.SecretKey), new AmazonS3Config
            {
                ServiceURL = bucket.Server.GetLeftPart(UriPartial.Authority),
                ForcePathStyle = true,
                AuthenticationRegion = bucket.Region,
                RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            });
            string name = ArtifactNames.KeyOf(Domain.Artifacts.ContentHash.Parse(policy));
            await s3.PutObjectAsync(new PutObjectRequest { BucketName = bucket.Bucket, Key = name, InputStream = new MemoryStream(new byte[1000]) }, Cancel);
            await first.KillAsync(); // and with it the only good copy, in its cache
            await run.StartWorkerAsync("second");
            await run.SameHashAsync("a checkpoint rotted", campaign);

            Assert.Contains($"The object {policy} is damaged or gone", run.Server.Process.Text());
            Assert.True(await run.Place.CountAsync("SELECT count(*) FROM shard_attempts WHERE outcome = 'corrupt'") >= 1);
            using var healed = await s3.GetObjectAsync(bucket.Bucket, name, Cancel);
            using var bytes = new MemoryStream();
            await healed.ResponseStream.CopyToAsync(bytes, Cancel);
            Assert.Equal(policy, Domain.Artifacts.ContentHash.Of(bytes.ToArray()).Hex);
        });
    }
}

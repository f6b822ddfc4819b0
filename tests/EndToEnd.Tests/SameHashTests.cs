using System.Text.Json.Nodes;
using PortraitGen.EndToEnd.Tests.Micro;
using PortraitGen.EndToEnd.Tests.Processes;

namespace PortraitGen.EndToEnd.Tests;

public sealed class SameHashTests(MicroFixture fixture)
{
    [Fact]
    public async Task The_embedded_campaign_ends_with_a_checkpoint() => Assert.Matches("^[0-9a-f]{64}$", await fixture.EmbeddedHashAsync());

    [Theory]
    [InlineData("a")]
    [InlineData("a", "b")]
    public async Task On_real_servers_any_number_of_workers_ends_with_the_embedded_checkpoint(params string[] workers)
    {
        await using var run = await DistributedRun.StartAsync(fixture, workers);
        await run.ObservedAsync(async () =>
        {
            var campaign = await run.Campaign.SubmitAsync(TestContext.Current.CancellationToken);
            var result = await run.SameHashAsync($"{workers.Length} worker(s)", campaign);
            await IntactAsync(run, campaign, result);
            await ExportedAsync(run, campaign);
            foreach (string worker in workers)
                Assert.True(await run.Place.CountAsync("SELECT count(*) FROM shard_attempts WHERE worker = @w AND outcome = 'succeeded'", ("w", worker)) > 0, $"Worker {worker} did nothing.");
        });
    }

    /// <summary>The command line finds the checkpoint by its campaign and walks its chain: all that every version was made from.</summary>
    private static async Task IntactAsync(DistributedRun run, Guid campaign, MicroResult result)
    {
        var served = await VerifyAsync([campaign.ToString(), "--server", run.Server.Http.BaseAddress!.ToString()], new Dictionary<string, string?>());
        Assert.Equal(result.Hash, served["manifest"]!.GetValue<string>());
        // Of the bucket alone, and the last step from its rollouts again: two gradients and the update.
        var bucket = await VerifyAsync([result.Hash, "--store", "--replay", "gradients"], new Dictionary<string, string?> { ["PORTRAITGEN_S3"] = run.Place.Environment["PORTRAITGEN_S3"] });
        Assert.Equal(served["objects"]!.GetValue<int>(), bucket["objects"]!.GetValue<int>());
        Assert.Equal(["gradient[0]", "gradient[1]", "update"], bucket["replayed"]!.AsArray().Select(r => r!["name"]!.GetValue<string>()));
        Assert.All(bucket["replayed"]!.AsArray(), r => Assert.True(r!["same"]!.GetValue<bool>()));
        // Five versions, each a manifest, a policy and an update; their gradients; 16 portraits and more.
        Assert.InRange(served["objects"]!.GetValue<int>(), 5 * 4 + 4 * 2 * 2 + 16, 1000);
    }

    /// <summary>The command line writes the base with the adapter merged into its transformer; every other weight is the base's, byte for byte.</summary>
    private async Task ExportedAsync(DistributedRun run, Guid campaign)
    {
        string folder = Path.Combine(fixture.Fresh(), "merged"), given = Assert.Single(Directory.GetDirectories(fixture.Models));
        await using var export = ChildProcess.Start("portraitgen checkpoint export", "Api", "portraitgen",
            ["checkpoint", "export", campaign.ToString(), "--merge", "--out", folder, "--server", run.Server.Http.BaseAddress!.ToString()], new Dictionary<string, string?>());
        Assert.True(await export.ExitAsync(TimeSpan.FromSeconds(60)) == 0, export.Tail());
        byte[] Bytes(string root, string part) => File.ReadAllBytes(Path.Combine(root, part, "diffusion_pytorch_model.safetensors"));
        Assert.Equal(Bytes(given, "vae"), Bytes(folder, "vae"));
        Assert.NotEqual(Bytes(given, "transformer"), Bytes(folder, "transformer"));
    }

    private static async Task<JsonNode> VerifyAsync(string[] args, IReadOnlyDictionary<string, string?> environment)
    {
        await using var verify = ChildProcess.Start("portraitgen checkpoint verify", "Api", "portraitgen", ["checkpoint", "verify", .. args, "--json"], environment);
        Assert.True(await verify.ExitAsync(TimeSpan.FromSeconds(60)) == 0, verify.Tail());
        var said = JsonNode.Parse(verify.Text())!;
        Assert.True(said["intact"]!.GetValue<bool>());
        return said;
    }
}

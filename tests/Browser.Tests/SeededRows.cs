using System.Text;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Data;

namespace PortraitGen.Browser.Tests;

/// <summary>A small history: a training in its thirteenth epoch, a failed one, a queued one with a hostile name, and enough finished ones to fill a page.</summary>
internal sealed class SeededRows(DashboardHost host, DateTimeOffset now)
{
    public const string HostileName = "<script>alert(1)</script> & \"co\"";
    public const string NanReason = "The gradient of step 2 is not finite (first at transformer_blocks.3.attn.to_q). Lower optimizer.learningRate, now 0.02, or raise optimizer.klWeight.";
    public const int EpochsDone = 12;

    private static readonly ulong[] Seeds = [11, 24, 37, 52];
    private readonly Guid _bootA = Guid.CreateVersion7(now.AddMinutes(-40)), _bootB = Guid.CreateVersion7(now.AddMinutes(-39));
    private ShardId _beating;
    private JobId _epochJob;

    public CampaignId Training { get; private set; }
    public CampaignId Failed { get; private set; }

    public async Task AddAsync(CancellationToken cancel)
    {
        await host.WriteAsync(db =>
        {
            for (int i = 0; i < 14; i++) AddFinished(db, i);
            AddFailed(db);
            AddQueued(db);
            db.Workers.Add(new WorkerRecord("lyra-gpu0", _bootA, 1, now));
            db.Workers.Add(new WorkerRecord("vega-gpu1", _bootB, 1, now.AddSeconds(-70)));
            return Task.CompletedTask;
        }, cancel);
        await host.WriteAsync(db => AddTrainingAsync(db, cancel), cancel);
    }

    /// <summary>A heartbeat of the worker that is well.</summary>
    public Task BeatAsync(double fraction, string text, CancellationToken cancel) => host.WriteAsync(async db =>
    {
        var at = TimeProvider.System.GetUtcNow();
        var shard = await db.LockShardAsync(_beating, cancel) ?? throw new InvalidOperationException("The seeded shard is gone.");
        Assert.True(shard.Beat(1, "lyra-gpu0", _bootA, fraction, text, at));
        (await db.Workers.FindAsync(["lyra-gpu0"], cancel))!.Seen(_bootA, 1, at);
    }, cancel);

    /// <summary>What the job of an epoch leaves when it succeeds: points and samples.</summary>
    public Task AddEpochAsync(int epoch, CancellationToken cancel) => host.WriteAsync(db => AddEpochAsync(db, epoch, now, cancel), cancel);

    private async Task AddTrainingAsync(JobsDb db, CancellationToken cancel)
    {
        const string Spec = """
            {"base":"portrait-tiny","dataset":"drawn-faces@2","epochs":16,"exemplars":{"advantage":"fixed","levels":3,"method":"fresh","weight":1},"group":{"perEpoch":8,"size":7},
            "lora":{"alpha":32,"rank":16},"name":"Studio light, weight 1","objective":"grpo","optimizer":{"klWeight":0.01,"learningRate":0.001},"sampler":{"kernel":"cps","steps":10},"seed":7}
            """;
        var campaign = Campaign(CampaignKinds.Training, "Studio light, weight 1", "atelier", Spec, now.AddMinutes(-38));
        campaign.Start(now.AddMinutes(-37));
        Training = campaign.Id;
        db.Campaigns.Add(campaign);
        string[] names = ["label", "train-reward-omni", "train-reward-ai-portrait", "benchmark-base", .. Enumerable.Range(1, 16).Select(e => $"grpo-epoch-{e}"), "benchmark-final", "export"];
        for (int i = 0; i < names.Length; i++)
        {
            var job = new Job(new(Guid.CreateVersion7(campaign.CreatedAt.AddMilliseconds(i))), Training, i, KindOf(names[i]), names[i], "{}");
            var start = now.AddMinutes(-37 + 2 * i);
            if (i < 4 + EpochsDone) Finish(db, job, start, start.AddSeconds(95 + 7 * (i % 5)), [("rollout", 2)]);
            else if (i == 4 + EpochsDone) AddRunningEpoch(db, job);
            db.Jobs.Add(job);
        }

        for (int epoch = 0; epoch <= EpochsDone; epoch++) await AddEpochAsync(db, epoch, now.AddMinutes(-36 + 2 * epoch), cancel);
        var manifest = await host.Store.PutAsync(Encoding.UTF8.GetBytes("""{"parent":null,"policy":12}"""), MediaTypes.Json, cancel);
        db.Artifacts.Add(new(Training, _epochJob, "policy-012/manifest.json", manifest, now.AddMinutes(-1)));
        db.Artifacts.Add(new(Training, _epochJob, "policy-012/adapter_model.safetensors", new(ContentHash.Of([1, 2, 3]), 4_812_344, MediaTypes.Safetensors), now.AddMinutes(-1)));
    }

    private void AddRunningEpoch(JobsDb db, Job job)
    {
        _epochJob = job.Id;
        var start = now.AddSeconds(-64);
        job.Start(start);
        foreach (string stage in (string[])["rollout", "score"])
        {
            job.BeginStage(stage, 4);
            for (int i = 0; i < 4; i++) db.Shards.Add(Done(job, stage, i, start.AddSeconds(10)));
        }

        job.BeginStage("gradient", 4);
        db.Shards.Add(Done(job, "gradient", 0, now.AddSeconds(-8)));
        var beating = Running(job, 1, "lyra-gpu0", _bootA, 0.42, "group 2 of 4", now);
        var silent = Running(job, 2, "vega-gpu1", _bootB, 0.18, "group 1 of 4", now.AddSeconds(-70));
        var waiting = Shard(job, "gradient", 3, now.AddSeconds(-20));
        waiting.Dispatch(1, now.AddSeconds(-19));
        db.Shards.AddRange(beating, silent, waiting);
        _beating = beating.Id;
    }

    private async Task AddEpochAsync(JobsDb db, int epoch, DateTimeOffset at, CancellationToken cancel)
    {
        double t = epoch / 16.0, wiggle = Math.Sin(epoch * 2.1) * 0.012;
        foreach (var (series, value) in new (string, double)[]
        {
            ("reward/ai-portrait/mean", 0.21 + 0.52 * (1 - Math.Exp(-3 * t)) + wiggle), ("reward/ai-portrait/std", 0.11 - 0.04 * t),
            ("reward/omni/mean", 0.48 + 0.16 * (1 - Math.Exp(-2 * t)) - wiggle), ("reward/omni/std", 0.07),
            ("heldout/fd", 184.2 * Math.Exp(-1.1 * t) + 300 * wiggle), ("heldout/spectrum", 0.412 * Math.Exp(-1.6 * t) + wiggle), ("policy/kl", 0.0009 * epoch + 0.0006 * Math.Abs(wiggle)),
        }) db.Metrics.Add(new(Training, series, epoch, value));
        for (int s = 0; s < Seeds.Length; s++)
            db.Artifacts.Add(new(Training, _epochJob, $"epoch-{epoch:000}/sample-{s + 1}.png", await SampleImages.StoreAsync(host.Store, Seeds[s], t, cancel), at));
    }

    private void AddFinished(JobsDb db, int number)
    {
        bool curation = number % 3 == 0;
        var at = now.AddHours(-60 + 4 * number);
        var campaign = Campaign(curation ? CampaignKinds.Curation : CampaignKinds.Training, curation ? $"Autumn faces, batch {number + 1}" : $"Exemplar weight {0.25 * number:0.00}", number % 2 == 0 ? "atelier" : "harbour", """{"seed":3}""", at);
        db.Campaigns.Add(campaign);
        campaign.Start(at);
        string[] names = curation ? ["ingest", "curate", "snapshot"] : ["label", "train-reward-omni", "grpo-epoch-1", "grpo-epoch-2", "benchmark-final"];
        for (int i = 0; i < names.Length; i++)
        {
            var job = new Job(new(Guid.CreateVersion7(at.AddMilliseconds(i))), campaign.Id, i, KindOf(names[i]), names[i], "{}");
            Finish(db, job, at.AddMinutes(2 * i), at.AddMinutes(2 * i).AddSeconds(40 + 9 * i), [(curation ? "curate" : "rollout", 2)]);
            db.Jobs.Add(job);
        }

        campaign.Succeed(at.AddMinutes(12));
    }

    private void AddFailed(JobsDb db)
    {
        var at = now.AddMinutes(-95);
        var campaign = Campaign(CampaignKinds.Training, "Learning rate 0.02", "harbour", """{"base":"portrait-tiny","dataset":"drawn-faces@2","epochs":4,"seed":9}""", at);
        Failed = campaign.Id;
        campaign.Start(at);
        var job = new Job(new(Guid.CreateVersion7(at)), campaign.Id, 0, JobKinds.GrpoEpoch, "grpo-epoch-1", "{}");
        job.Start(at);
        job.BeginStage("gradient", 1);
        var shard = Running(job, 0, "lyra-gpu0", _bootA, 0.3, "group 1 of 2", at.AddMinutes(1));
        shard.FailRun(shard.Attempt, _bootA, FailureClasses.Nan, NanReason, null, 31, RetryBudgets.Default, at.AddMinutes(2));
        job.Fail(at.AddMinutes(2), FailureClasses.Nan, NanReason);
        campaign.Fail(at.AddMinutes(2), FailureClasses.Nan, NanReason);
        db.Campaigns.Add(campaign);
        db.Jobs.Add(job);
        db.Shards.Add(shard);
    }

    private void AddQueued(JobsDb db)
    {
        var campaign = Campaign(CampaignKinds.Training, HostileName, "<b>atelier</b>", """{"base":"</script><img src=x onerror=alert(2)>","seed":1}""", now.AddMinutes(-3));
        db.Campaigns.Add(campaign);
        db.Jobs.Add(new Job(new(Guid.CreateVersion7(now.AddMinutes(-3))), campaign.Id, 0, JobKinds.Label, "label", "{}"));
    }

    private static Campaign Campaign(string kind, string name, string team, string spec, DateTimeOffset at) =>
        new(new(Guid.CreateVersion7(at)), kind, name, team, spec, null, 0, at);

    private static void Finish(JobsDb db, Job job, DateTimeOffset start, DateTimeOffset end, (string Name, int Shards)[] stages)
    {
        job.Start(start);
        foreach (var (name, shards) in stages)
        {
            job.BeginStage(name, shards);
            for (int i = 0; i < shards; i++) db.Shards.Add(Done(job, name, i, end));
        }

        Assert.True(job.Succeed(end, "{}"));
    }

    private static Shard Shard(Job job, string kind, int index, DateTimeOffset at) =>
        new(new(Guid.CreateVersion7(at)), job, index, kind, "{}", ContentHash.Of(Encoding.UTF8.GetBytes($"{job.Id} {kind} {index}")), at);

    private static Shard Done(Job job, string kind, int index, DateTimeOffset at)
    {
        var shard = Shard(job, kind, index, at.AddSeconds(-6));
        shard.Dispatch(1, at.AddSeconds(-6));
        shard.Ask(1, index % 2 == 0 ? "lyra-gpu0" : "vega-gpu1", Guid.CreateVersion7(at), false, at.AddSeconds(-6), TimeSpan.FromSeconds(45));
        Assert.True(shard.Succeed(ContentHash.Of([(byte)index]), 5.4 + index, at));
        job.ShardSucceeded(job.Stage);
        return shard;
    }

    private static Shard Running(Job job, int index, string worker, Guid boot, double fraction, string text, DateTimeOffset heard)
    {
        var shard = Shard(job, job.StageName!, index, heard.AddSeconds(-20));
        shard.Dispatch(1, heard.AddSeconds(-19));
        shard.Ask(1, worker, boot, false, heard, TimeSpan.FromSeconds(45));
        Assert.True(shard.Beat(1, worker, boot, fraction, text, heard));
        return shard;
    }

    private static string KindOf(string job) => job switch
    {
        _ when job.StartsWith("grpo", StringComparison.Ordinal) => JobKinds.GrpoEpoch,
        _ when job.StartsWith("train-reward", StringComparison.Ordinal) => JobKinds.TrainReward,
        _ when job.StartsWith("benchmark", StringComparison.Ordinal) => JobKinds.Benchmark,
        _ => job,
    };
}

using System.Text.Json.Nodes;
using PortraitGen.Api.Campaigns;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Grpo;
using PortraitGen.Gpu.Grpo;
using PortraitGen.Gpu.Tests.Grpo;
using PortraitGen.Jobs.Campaigns;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests.Presets;

/// <summary>Each preset trains: two epochs on the micro model through the real planners and handlers. Only base, sizes and numbers of steps are replaced.</summary>
public sealed class PresetRunTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> Presets => [.. Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Presets"), "*.yaml").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    [Theory, MemberData(nameof(Presets))]
    public async Task A_preset_trains(string file)
    {
        using var campaign = await MicroCampaign.CreateAsync(5, Cancel);
        var (read, errors) = SpecReader.Read(YamlNode.Parse(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Presets", file), Cancel)));
        Assert.Empty(errors);
        var spec = Small(read!, campaign.Spec);
        Assert.Empty(SpecReader.Read(JsonNode.Parse(CanonicalJson.ToText(SpecWriter.ToNode(spec)))).Errors);

        var loop = campaign.Loop();
        var outputs = await loop.RunAsync(new TrainingPlan(), DomainJson.ToNode(spec), null, Cancel);
        var last = CheckpointManifest.Read(campaign.Read(ContentHash.Parse(outputs[JobKinds.Export]["checkpoint"]!.GetValue<string>())));
        Assert.Equal(2 * spec.Optimizer.StepsPerEpoch, last.Version);
        using var scope = NewDisposeScope();
        // The text's queries of the last block reach no latent: their adapter has no gradient.
        var learning = PolicyState.ReadAdapter(campaign.Read(last.Policy.Hash)).Where(p => p.Key.EndsWith("lora_B.weight", StringComparison.Ordinal) && !p.Key.Contains("blocks.1.attn.add_q_proj", StringComparison.Ordinal));
        Assert.All(learning, p => Assert.True(p.Value.abs().max().item<float>() > 0, $"{p.Key} did not move"));

        var metrics = loop.Metrics[TrainingPlan.EpochName(2)];
        Assert.All(metrics, m => Assert.True(double.IsFinite(m.Value), m.Key));
        Assert.Contains("policy/loss", metrics.Keys);
        Assert.Contains("policy/gradientNorm", metrics.Keys);
        if (spec.Optimizer.StepsPerEpoch > 1) Assert.Contains("policy/step-2/loss", metrics.Keys);
        if (spec.Optimizer.KlWeight > 0) Assert.True(metrics["policy/kl"] > 0);
        if (spec.Exemplars.Inverts) Assert.Contains("inversion/step-01/z2", metrics.Keys);
    }

    private static CampaignSpec Small(CampaignSpec preset, CampaignSpec micro) => preset with
    {
        Base = micro.Base,
        Dataset = micro.Dataset,
        Epochs = 2,
        Sampler = preset.Sampler with { Steps = 4, Window = Math.Min(2, preset.Sampler.Window), MaxWindowStart = Math.Min(1, preset.Sampler.MaxWindowStart), WindowEvery = 1 },
        Matching = preset.Matching with { Levels = 2 },
        Group = new() { Size = 2, PerEpoch = 2 * preset.Optimizer.StepsPerEpoch },
        Exemplars = preset.Exemplars with { Levels = 2 },
        Rewards = preset.Rewards with { TrainingSteps = 2, StepsPerShard = 2, RefreshSteps = 1 },
        Lora = preset.Lora with { Rank = 2, Alpha = 4 },
        Benchmark = new() { Images = 2, Steps = 2, Previews = 1 },
        Profile = micro.Profile,
    };
}

using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Rewards;
using PortraitGen.Gpu.Grpo;
using PortraitGen.Gpu.Inversion;
using PortraitGen.Gpu.Runtime;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Rewards;

/// <summary>Scores a rollout's images, or exemplars after the VAE round trip, with every reward of the campaign.</summary>
public sealed class ScoreHandler : IShardHandler
{
    public string Kind => ShardKinds.Score;

    public ShardResult Run(ShardRun run, CancellationToken cancel)
    {
        var input = DomainJson.Read<ScoreInput>(run.Input);
        using var scope = NewDisposeScope();
        var images = input.Rollout is { } rollout ? RolloutTensors.ReadImages(run.Read(rollout)) : EncodedPortraits.Pick(input.Exemplars, run).RoundTrip;
        return new(new Dictionary<string, ArtifactRef>(), new JsonObject { ["scores"] = Scores.Of(images, input.Rewards, run, input.Profile, cancel) });
    }
}

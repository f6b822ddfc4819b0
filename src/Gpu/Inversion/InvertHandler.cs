using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Inversion;
using PortraitGen.Gpu.Grpo;
using PortraitGen.Gpu.Runtime;

namespace PortraitGen.Gpu.Inversion;

/// <summary>The two tasks of inversion: portraits to latents, once; and latents to trajectories, for each policy.</summary>
public sealed class InvertHandler(ModelPool models) : IShardHandler
{
    public string Kind => ShardKinds.Invert;

    public ShardResult Run(ShardRun run, CancellationToken cancel) =>
        run.Input.ContainsKey("portraits")
            ? new EncodeHandler(models).Run(DomainJson.Read<EncodeInput>(run.Input), run, cancel)
            : new TrajectoryHandler(models).Run(DomainJson.Read<TrajectoryInput>(run.Input), run, cancel);
}

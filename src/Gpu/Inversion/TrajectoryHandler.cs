using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Inversion;
using PortraitGen.Gpu.Grpo;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Gpu.Sampling;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Inversion;

/// <summary>Inverts real latents under a policy or the base, without guidance, and measures how healthy the paths are.</summary>
public sealed class TrajectoryHandler(ModelPool models)
{
    public ShardResult Run(TrajectoryInput input, ShardRun run, CancellationToken cancel)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var (pipeline, policy) = models.Mine.Policy(input.Base, input.Lora ?? new(), input.Policy, average: false, seed: 0, input.Profile, run);
        var prompts = new Prompts(pipeline, input.Prompts, run.Read).Of([.. input.Latents.Select(p => p.Caption)]);
        var real = EncodedPortraits.Pick([.. input.Latents.Select(p => p.Latent)], run);
        double[] grid = pipeline.Grid(input.Sampler);
        var method = InversionMethod.Of(input.Method);
        Tensor Velocity(Tensor x, double s) => policy.Conditional(x, s, prompts);

        run.Report(0.1, "inverting");
        var states = method.Invert(Velocity, real.Latents, grid, cancel);            // steps+1 times [K,C,h,w]
        Finite.Require(states[0], "the inverted noise");
        run.Report(0.5, "replaying");
        var health = InversionHealth.Of(method, Velocity, states, grid, input.Sampler, cancel);
        var values = health.Means();
        values["forwards"] = input.Latents.Count * InversionCost.Evaluations(input.Method, input.Sampler.Steps);
        var stored = new StoredTrajectories(stack(states), health);                  // [steps+1,K,C,h,w]
        return new(new Dictionary<string, ArtifactRef> { ["trajectories"] = run.Write(stored.ToBytes(), MediaTypes.Safetensors) }, values);
    }
}

using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Inversion;
using PortraitGen.Domain.Maths;
using PortraitGen.Gpu.Grpo;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Gpu.Sampling;
using PortraitGen.Gpu.Tensors;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Inversion;

/// <summary>Inverts an epoch's exemplars with BELM under its policy, and measures how healthy the paths are.</summary>
public sealed class TrajectoryHandler(ModelPool models)
{
    public ShardResult Run(TrajectoryInput input, ShardRun run, CancellationToken cancel)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var (pipeline, policy) = models.Mine.Policy(input.Base, input.Lora, input.Policy, average: false, seed: 0, input.Profile, run);
        var prompts = pipeline.Condition([.. input.Groups.Select(g => g.Caption)]);
        var real = EncodedPortraits.Pick([.. input.Groups.Select(g => g.Exemplar!)], run);
        var grid = SigmaGrid.Uniform(input.Sampler.Steps, input.Sampler.Shift);
        run.Report(0.1, "inverting");
        var states = BelmInversion.Invert(policy, real.Latents, prompts, grid, cancel);
        Finite.Require(states[0], "the inverted noise");
        var path = stack(states);                                                    // [steps+1,K,C,h,w]
        var values = new JsonObject { ["noiseNorm"] = states[0].square().mean().item<float>(), ["forwards"] = input.Groups.Count * input.Sampler.Steps };
        return new(new Dictionary<string, ArtifactRef> { ["trajectories"] = run.Write(SafetensorsWriter.ToBytes([("states", path)]), MediaTypes.Safetensors) }, values);
    }

    /// <summary>[steps + 1, K, C, h, w] of what <see cref="Run"/> stored.</summary>
    public static Tensor ReadStates(byte[] bytes)
    {
        using var file = SafetensorsFile.Open(bytes, "trajectories");
        return file.Read("states");
    }
}

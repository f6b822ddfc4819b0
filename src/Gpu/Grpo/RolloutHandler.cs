using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Grpo;
using PortraitGen.Domain.Maths;
using PortraitGen.Gpu.Inversion;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Gpu.Sampling;
using PortraitGen.Gpu.Tensors;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Grpo;

/// <summary>Samples groups with one policy version, decodes them, and notes what the gradient needs of the sampling policy.</summary>
public sealed class RolloutHandler(ModelPool models) : IShardHandler
{
    public string Kind => ShardKinds.Rollout;

    public ShardResult Run(ShardRun run, CancellationToken cancel)
    {
        var input = DomainJson.Read<RolloutInput>(run.Input);
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var (pipeline, policy) = models.Mine.Policy(input.Base, input.Lora, input.Policy, average: false, input.Seed, input.Profile, run);
        var prompts = pipeline.Condition([.. input.Groups.Select(g => g.Caption)]);
        long[] latent = pipeline.LatentShape();

        run.Report(0.05, "sampling");
        var start = cat([.. input.Groups.Select(g => Noise.Normal(CounterRng.For(input.Seed, "rollout-start", input.Epoch, g.Index), [1, .. latent]))]); // [G,C,h,w]
        Tensor WindowNoise(int w) => cat([.. input.Groups.SelectMany(g => Enumerable.Range(0, input.GroupSize).Select(i =>
            Noise.Normal(CounterRng.For(input.Seed, "rollout-noise", input.Epoch, g.Index, i, w), [1, .. latent])))]);                                     // [N,C,h,w]
        var sampled = GroupSampler.Run(policy, start, WindowNoise, prompts, input.GroupSize, input.Sampler, input.WindowStart, cancel);
        Finite.Require(sampled.Final, $"the latents of epoch {input.Epoch}");

        run.Report(0.7, "decoding");
        var images = pipeline.DecodeToBytes(sampled.Final, input.Profile.ImagesPerShard);                                                                  // [N,3,H,W]
        run.Report(0.9, "exemplars");
        var none = zeros(0);
        var (loss, x, v, z) = (none, none, none, none);
        if (input.Exemplars.Method is ExemplarMethod.Fresh)
        {
            var real = EncodedPortraits.Pick([.. input.Groups.Select(g => g.Exemplar!)], run);
            loss = new FreshTransitions(real.Latents, prompts, input.Groups, input.Exemplars, input.Seed, input.Epoch).Loss(policy);                       // [K*levels]
        }
        else if (input.Exemplars.Method is ExemplarMethod.Belm)
        {
            (x, v, z) = InvertedTransitions.Of(policy, TrajectoryHandler.ReadStates(run.Read(Trajectories(input))), prompts, input.Sampler, input.WindowStart);   // [W,K,C,h,w]
        }

        var stored = new RolloutTensors(sampled.X, sampled.V, sampled.Z, images, loss, x, v, z);
        var values = new JsonObject
        {
            ["latentRms"] = sampled.Final.square().mean().sqrt().item<float>(),
            ["exemplarLoss"] = loss.numel() > 0 ? loss.mean().item<float>() : null,
            ["exemplarZ2"] = z.numel() > 0 ? z.square().mean().item<float>() : null,
            ["forwards"] = Forwards(input),
        };
        return new(new Dictionary<string, ArtifactRef> { ["rollout"] = run.Write(stored.ToBytes(), MediaTypes.Safetensors) }, values);
    }

    private static ContentHash Trajectories(RolloutInput input) => input.Trajectories
        ?? throw new ShardFailedException(FailureClasses.UserError, $"The rollout of epoch {input.Epoch} takes exemplars by inversion, but names no trajectories.");

    /// <summary>Evaluations of the transformer, in images: the currency in which objectives are compared.</summary>
    private static int Forwards(RolloutInput input)
    {
        int groups = input.Groups.Count, samples = groups * input.GroupSize;
        int exemplars = input.Exemplars.Method switch { ExemplarMethod.Fresh => groups * input.Exemplars.Levels, ExemplarMethod.Belm => groups * input.Sampler.Window, _ => 0 };
        return groups * input.WindowStart + samples * (input.Sampler.Steps - input.WindowStart) + exemplars;
    }
}

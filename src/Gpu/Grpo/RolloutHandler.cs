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
        // NFT samples with the average, its old policy.
        var (pipeline, loaded) = models.Mine.Policy(input.Base, input.Lora, input.Policy, average: input.Objective is Objective.Nft, input.Seed, input.Profile, run);
        var text = new Prompts(pipeline, input.Prompts, run.Read);
        var policy = pipeline.Guided(loaded, input.Sampler.Ode(input.Sampler.Steps), text);
        var prompts = text.Of([.. input.Groups.Select(g => g.Caption)]);
        long[] latent = pipeline.LatentShape;
        double[] grid = pipeline.Grid(input.Sampler);

        run.Report(0.05, "sampling");
        Tensor Drawn(string purpose, IEnumerable<long[]> names) => cat([.. names.Select(n => Noise.Normal(CounterRng.For(input.Seed, purpose, n), [1, .. latent]))]);
        var samples = input.Groups.SelectMany(g => Enumerable.Range(0, input.GroupSize).Select(i => new long[] { input.Epoch, g.Index, i })).ToArray();
        var start = Drawn("rollout-start", input.Sampler.SharedStart ? input.Groups.Select(g => new long[] { input.Epoch, g.Index }) : samples);               // [G,C,h,w] or [N,C,h,w]
        var sampled = GroupSampler.Run(policy, start, w => Drawn("rollout-noise", samples.Select(n => (long[])[.. n, w])), prompts, input.GroupSize, input.Sampler, grid, input.WindowStart, cancel);
        var objective = Objectives.Of(input.Objective);
        var kept = objective.Keep(policy, sampled, prompts.Repeat(input.GroupSize), input);

        run.Report(0.7, "decoding");
        var images = pipeline.DecodeToBytes(sampled.Final, input.Profile);                                                                  // [N,3,H,W]
        run.Report(0.9, "exemplars");
        var none = zeros(0);
        var (loss, x, v, z) = (none, none, none, none);
        if (input.Exemplars.Method is ExemplarMethod.Fresh)
        {
            var real = EncodedPortraits.Pick([.. input.Groups.Select(g => g.Exemplar!)], run);
            loss = new FreshTransitions(real.Latents, prompts, input.Groups, input.Exemplars, input.Seed, input.Epoch).Loss(policy);                       // [K*levels]
        }
        else if (input.Exemplars.OnKernel)
        {
            (x, v, z) = KernelTransitions.Of(policy, States(input, grid, run), prompts, input.Sampler, grid, input.WindowStart);                                // [W,K,C,h,w]
        }

        var stored = new RolloutTensors(kept, images, loss, x, v, z);
        var values = new JsonObject
        {
            ["latentRms"] = sampled.Final.square().mean().sqrt().item<float>(),
            ["exemplarLoss"] = loss.numel() > 0 ? loss.mean().item<float>() : null,
            ["exemplarZ2"] = z.numel() > 0 ? z.square().mean().item<float>() : null,
            ["forwards"] = Forwards(input, policy.Passes, objective),
        };
        return new(new Dictionary<string, ArtifactRef> { ["rollout"] = run.Write(stored.ToBytes(), MediaTypes.Safetensors) }, values);
    }

    /// <summary>The states of the exemplars' paths in the window: [W + 1, K, C, h, w].</summary>
    private static Tensor States(RolloutInput input, IReadOnlyList<double> grid, ShardRun run)
    {
        if (input.Exemplars.Method is ExemplarMethod.Bridge)
        {
            var real = EncodedPortraits.Pick([.. input.Groups.Select(g => g.Exemplar!)], run);
            return Bridge.States(real.Latents, input.Groups, input.Sampler, grid, input.WindowStart, input.Seed, input.Epoch);
        }
        if (input.Trajectories.Count == 0)
            throw new ShardFailedException(FailureClasses.UserError, $"The rollout of epoch {input.Epoch} takes exemplars by inversion, but names no trajectories.");
        var paths = cat([.. input.Trajectories.Select(t => StoredTrajectories.Read(run.Read(t)).States)], 1);                                                 // [steps+1,K,C,h,w]
        return paths.narrow(0, input.WindowStart, input.Sampler.Window + 1);
    }

    /// <summary>Evaluations of the transformer, in images: the currency in which objectives are compared.</summary>
    private static int Forwards(RolloutInput input, int passes, IObjective objective)
    {
        int groups = input.Groups.Count, samples = groups * input.GroupSize;
        int prefix = (input.Sampler.SharedStart ? groups : samples) * input.WindowStart;
        int exemplars = input.Exemplars.OnKernel ? groups * input.Sampler.Window * passes : input.Exemplars.Method is ExemplarMethod.Fresh ? groups * input.Exemplars.Levels : 0;
        int kept = objective.OnKernel ? 0 : samples * input.Matching.Levels;
        return (prefix + samples * (input.Sampler.Steps - input.WindowStart)) * passes + kept + exemplars;
    }
}

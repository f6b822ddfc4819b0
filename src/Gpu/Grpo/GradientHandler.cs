using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Grpo;
using PortraitGen.Domain.Maths;
using PortraitGen.Gpu.Inversion;
using PortraitGen.Gpu.Models.Lora;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Gpu.Sampling;
using PortraitGen.Gpu.Tensors;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Grpo;

/// <summary>The gradient of one slice of an epoch, as two sums: on-policy (with KL) and exemplars. The update divides them.</summary>
public sealed class GradientHandler(ModelPool models) : IShardHandler
{
    /// <summary>At the first optimiser step of an epoch the policy in training is the one that sampled: its ratio is 1 up to this, in nats.</summary>
    private const double OnPolicyTolerance = 1e-5;

    public string Kind => ShardKinds.Gradient;

    public ShardResult Run(ShardRun run, CancellationToken cancel)
    {
        var input = DomainJson.Read<GradientInput>(run.Input);
        using var scope = NewDisposeScope();
        var (pipeline, policy) = models.Mine.Policy(input.Base, input.Lora, input.Policy, average: false, input.Seed, input.Profile, run);
        var prompts = pipeline.Condition([.. input.Groups.Select(g => g.Caption)]);
        // A shard that was cancelled or failed half-way on this thread left its gradients behind.
        DropGradients(policy.Adapter);
        var values = new JsonObject();
        var rollout = input.Rollout is { } hash ? RolloutTensors.Read(run.Read(hash)) : null;
        Require(input, rollout);

        int forwards = 0;
        var metrics = new RatioMetrics();
        if (rollout is not null) forwards += OnPolicy(input, policy, rollout, prompts, metrics, run, cancel);
        var onPolicy = TakeGradients(policy.Adapter);
        run.Report(0.7, "exemplar gradient");
        forwards += Exemplars(input, policy, rollout, prompts, values, run);
        var exemplar = TakeGradients(policy.Adapter);

        metrics.WriteTo(values);
        values["forwards"] = forwards;
        foreach (var (name, value) in onPolicy.Concat(exemplar)) Finite.Require(value, $"the gradient of {name} in epoch {input.Epoch}");
        return new(
            new Dictionary<string, ArtifactRef>
            {
                ["onPolicy"] = run.Write(SafetensorsWriter.ToBytes(onPolicy), MediaTypes.Safetensors),
                ["exemplar"] = run.Write(SafetensorsWriter.ToBytes(exemplar), MediaTypes.Safetensors),
            }, values);
    }

    private static int OnPolicy(GradientInput input, Policy policy, RolloutTensors rollout, Conditioning prompts, RatioMetrics metrics, ShardRun run, CancellationToken cancel)
    {
        var grid = SigmaGrid.Uniform(input.Sampler.Steps, input.Sampler.Shift);
        int size = input.Generated[0].Count, start = input.WindowStart;
        var each = prompts.Repeat(size);                                                            // [N,…]
        var advantage = tensor(input.Generated.SelectMany(g => g).Select(a => (float)a).ToArray()); // [N]
        double clip = Surrogate.ClipFor(input.Optimizer.ClipRange, rollout.X[0][0].numel());
        for (int w = 0; w < input.Sampler.Window; w++)
        {
            cancel.ThrowIfCancellationRequested();
            run.Report(0.7 * w / input.Sampler.Window, $"step {w + 1} of {input.Sampler.Window}");
            using var scope = NewDisposeScope();
            double s = grid[start + w];
            var step = KernelStep.For(input.Sampler.Kernel, input.Sampler.Noise, s, grid[start + w + 1], grid[1]);
            var v = policy.Velocity(rollout.X[w], s, each);                                         // [N,C,h,w]
            var logRatio = KernelOps.LogRatio(step, rollout.Z[w], rollout.V[w], v);                 // [N]
            var loss = Surrogate.Loss(logRatio, advantage, clip);
            if (input.Optimizer.KlWeight > 0)
            {
                var kl = KernelOps.Kl(step, v, policy.Reference(rollout.X[w], s, each));            // [N]
                metrics.AddKl(kl);
                loss += kl.sum() * input.Optimizer.KlWeight;
            }
            loss.backward();
            metrics.Add(logRatio, clip, rollout.Z[w]);
        }
        RequireOnPolicy(input, metrics.MaxAbs);
        int samples = input.Generated.Sum(g => g.Count) * input.Sampler.Window;
        return samples * (input.Optimizer.KlWeight > 0 ? 4 : 3); // a backward pass counts as two forwards
    }

    private static int Exemplars(GradientInput input, Policy policy, RolloutTensors? rollout, Conditioning prompts, JsonObject values, ShardRun run)
    {
        if (input.Exemplars.Method is ExemplarMethod.Off || input.Exemplar.All(a => a == 0)) return 0;
        using var scope = NewDisposeScope();
        if (input.Exemplars.Method is ExemplarMethod.Belm && rollout is not null) return Inverted(input, policy, rollout, prompts, values);

        var real = EncodedPortraits.Pick([.. input.Groups.Select(g => g.Exemplar!)], run);
        var loss = new FreshTransitions(real.Latents, prompts, input.Groups, input.Exemplars, input.Seed, input.Epoch).Loss(policy); // [K*levels]
        var advantage = PerExemplar(input, input.Exemplars.Levels);                                                              // [K*levels]
        var logRatio = FreshTransitions.LogRatio(loss, rollout?.ExemplarLoss ?? loss.detach());                                  // [K*levels]
        RequireOnPolicy(input, logRatio.abs().max().item<float>());
        Surrogate.Loss(logRatio, advantage, Surrogate.ClipFor(input.Exemplars.ClipRange, real.Latents[0].numel())).backward();
        values["exemplarLoss"] = loss.mean().item<float>();
        values["exemplarLogRatio"] = logRatio.abs().mean().item<float>();
        return (int)loss.numel() * 3;
    }

    private static int Inverted(GradientInput input, Policy policy, RolloutTensors rollout, Conditioning prompts, JsonObject values)
    {
        var grid = SigmaGrid.Uniform(input.Sampler.Steps, input.Sampler.Shift);
        int start = input.WindowStart;
        var advantage = PerExemplar(input, 1);                                                                     // [K]
        for (int w = 0; w < input.Sampler.Window; w++)
        {
            using var scope = NewDisposeScope();
            var step = KernelStep.For(input.Sampler.Kernel, input.Sampler.Noise, grid[start + w], grid[start + w + 1], grid[1]);
            var v = policy.Velocity(rollout.ExemplarX[w], grid[start + w], prompts);                               // [K,C,h,w]
            var logRatio = KernelOps.LogRatio(step, rollout.ExemplarZ[w], rollout.ExemplarV[w], v);                // [K]
            RequireOnPolicy(input, logRatio.abs().max().item<float>());
            Surrogate.Loss(logRatio, advantage, Surrogate.ClipFor(input.Exemplars.ClipRange, rollout.ExemplarX[w][0].numel())).backward();
        }
        values["exemplarZ2"] = rollout.ExemplarZ.square().mean().item<float>();
        return input.Groups.Count * input.Sampler.Window * 3;
    }

    private static Tensor PerExemplar(GradientInput input, int times) =>
        tensor(input.Exemplar.SelectMany(a => Enumerable.Repeat((float)a, times)).ToArray());

    private static void RequireOnPolicy(GradientInput input, double off)
    {
        if (input.OnPolicy && off > OnPolicyTolerance)
            throw new ShardFailedException(FailureClasses.Infra, $"The ratio of the sampling policy to itself is off by {off:G3} nats (allowed {OnPolicyTolerance:G1}): rollout and gradient did not see the same model or batch shape.");
    }

    /// <summary>Tensors broadcast in silence: what belongs together must have the same count.</summary>
    private static void Require(GradientInput input, RolloutTensors? rollout)
    {
        if (input.Exemplar.Count != input.Groups.Count || input.Generated.Count != input.Groups.Count)
            throw Odd($"{input.Groups.Count} groups, but advantages of {input.Generated.Count} groups and {input.Exemplar.Count} exemplars");
        if (rollout is null) return;
        int samples = input.Generated.Sum(g => g.Count);
        if (input.Generated.Any(g => g.Count != input.Generated[0].Count)) throw Odd("groups of unequal size");
        if (rollout.X.shape[0] != input.Sampler.Window || rollout.X.shape[1] != samples)
            throw Odd($"advantages of {samples} samples and a window of {input.Sampler.Window}, but a rollout of {rollout.X.shape[1]} samples and {rollout.X.shape[0]} steps");
        if (input.Exemplars.Method is ExemplarMethod.Belm && (rollout.ExemplarX.ndim < 2 || rollout.ExemplarX.shape[1] != input.Groups.Count))
            throw Odd($"{input.Groups.Count} exemplars by inversion, but a rollout without their trajectories");
        if (input.Exemplars.Method is ExemplarMethod.Fresh && rollout.ExemplarLoss.numel() != input.Groups.Count * (long)input.Exemplars.Levels)
            throw Odd($"{input.Groups.Count} exemplars at {input.Exemplars.Levels} levels, but a rollout with {rollout.ExemplarLoss.numel()} losses of them");

        ShardFailedException Odd(string what) => new(FailureClasses.UserError, $"The gradient slice of epoch {input.Epoch} does not fit together: {what}.");
    }

    private static void DropGradients(LoraSet adapter)
    {
        foreach (var (_, value) in adapter.Trainables) value.grad = null;
    }

    /// <summary>The adapter's gradients, zeros where there is none, and clears them.</summary>
    private static List<(string Name, Tensor Value)> TakeGradients(LoraSet adapter)
    {
        using var off = no_grad();
        var taken = new List<(string, Tensor)>();
        foreach (var (name, value) in adapter.Trainables)
        {
            taken.Add((name, value.grad is { } gradient ? gradient.clone() : zeros_like(value)));
            value.grad = null;
        }
        return taken;
    }
}

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
        var (pipeline, loaded) = models.Mine.Policy(input.Base, input.Lora, input.Policy, average: false, input.Seed, input.Profile, run);
        var text = new Prompts(pipeline, input.Prompts, run.Read);
        var policy = pipeline.Guided(loaded, input.Sampler.Ode(input.Sampler.Steps), text);
        var prompts = text.Of([.. input.Groups.Select(g => g.Caption)]);
        // A shard that was cancelled or failed half-way on this thread left its gradients behind.
        DropGradients(policy.Adapter);
        var values = new JsonObject();
        var rollout = input.Rollout is { } hash ? RolloutTensors.Read(run.Read(hash)) : null;
        Require(input, rollout);

        int forwards = 0;
        var metrics = new RatioMetrics();
        double[] grid = pipeline.Grid(input.Sampler);
        if (rollout is not null) forwards += OnPolicy(input, policy, rollout, prompts, grid, metrics, run, cancel);
        var onPolicy = TakeGradients(policy.Adapter);
        run.Report(0.7, "exemplar gradient");
        forwards += Exemplars(input, policy, rollout, prompts, grid, values, run);
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

    private static int OnPolicy(GradientInput input, Policy policy, RolloutTensors rollout, Conditioning prompts, IReadOnlyList<double> grid, RatioMetrics metrics, ShardRun run, CancellationToken cancel)
    {
        var objective = Objectives.Of(input.Objective);
        int size = input.Generated[0].Count, terms = Terms(input);
        var advantage = tensor(input.Generated.SelectMany(g => g).Select(a => (float)a).ToArray()); // [N]
        var slice = new Slice(input, policy, prompts.Repeat(size), rollout, advantage, grid, metrics);
        for (int term = 0; term < terms; term++)
        {
            cancel.ThrowIfCancellationRequested();
            run.Report(0.7 * term / terms, $"step {term + 1} of {terms}");
            using var scope = NewDisposeScope();
            var loss = objective.Loss(slice, term);
            loss.backward();
            metrics.AddLoss(loss.item<float>() / advantage.shape[0]);
        }
        RequireOnPolicy(input, metrics.MaxAbs);
        int evaluations = (int)advantage.shape[0] * terms * (objective.OnKernel ? policy.Passes : 1);
        return evaluations * (input.Optimizer.KlWeight > 0 ? 4 : 3); // a backward pass counts as two forwards
    }

    private static int Terms(GradientInput input) => TrainedTerms.PerImage(input.Objective, input.Sampler, input.Matching);

    private static int Exemplars(GradientInput input, Policy policy, RolloutTensors? rollout, Conditioning prompts, IReadOnlyList<double> grid, JsonObject values, ShardRun run)
    {
        if (input.Exemplars.Method is ExemplarMethod.Off || input.Exemplar.All(a => a == 0)) return 0;
        using var scope = NewDisposeScope();
        if (input.Exemplars.OnKernel && rollout is not null) return OnKernel(input, policy, rollout, prompts, grid, values);

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

    private static int OnKernel(GradientInput input, Policy policy, RolloutTensors rollout, Conditioning prompts, IReadOnlyList<double> grid, JsonObject values)
    {
        int start = input.WindowStart, scored = 0;
        var advantage = PerExemplar(input, 1);                                                                     // [K]
        for (int w = 0; w < input.Sampler.Window; w++)
        {
            using var scope = NewDisposeScope();
            var step = KernelStep.For(input.Sampler.Kernel, input.Sampler.Noise, grid[start + w], grid[start + w + 1], grid[1]);
            if (input.Exemplars.Inverts && step.Std < input.Exemplars.MinStd) continue;
            scored++;
            var v = policy.Velocity(rollout.ExemplarX[w], grid[start + w], prompts);                               // [K,C,h,w]
            var logRatio = KernelOps.LogRatio(step, rollout.ExemplarZ[w], rollout.ExemplarV[w], v);                // [K]
            RequireOnPolicy(input, logRatio.abs().max().item<float>());
            Surrogate.Loss(logRatio, advantage, Surrogate.ClipFor(input.Exemplars.ClipRange, rollout.ExemplarX[w][0].numel())).backward();
        }
        values["exemplarZ2"] = rollout.ExemplarZ.square().mean().item<float>();
        return input.Groups.Count * scored * 3 * policy.Passes;
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
        var (counted, terms) = (rollout.X.numel() > 0 ? rollout.X : rollout.Old, Terms(input));
        if (counted.ndim < 2 || counted.shape[0] != terms || counted.shape[1] != samples)
            throw Odd($"advantages of {samples} samples and {terms} terms of each, but a rollout of {(counted.ndim < 2 ? 0 : counted.shape[1])} samples and {counted.shape[0]} terms");
        if (input.Exemplars.OnKernel && (rollout.ExemplarX.ndim < 2 || rollout.ExemplarX.shape[1] != input.Groups.Count))
            throw Odd($"{input.Groups.Count} exemplars on the kernel, but a rollout without their trajectories");
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

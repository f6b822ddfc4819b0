using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;

namespace PortraitGen.Domain.Grpo;

/// <summary>A real portrait's latent: a row of an <c>invert</c> shard's output.</summary>
/// <param name="Latents">The output's hash.</param>
/// <param name="Row">The row in it.</param>
public sealed record ExemplarRef(ContentHash Latents, int Row);

/// <summary>A group of an epoch: its prompt, and the real portrait of that caption.</summary>
/// <param name="Index">Within the epoch.</param>
/// <param name="Caption">The prompt, which is the exemplar's caption.</param>
/// <param name="Exemplar">None when exemplars are off.</param>
public sealed record GroupRef(int Index, string Caption, ExemplarRef? Exemplar);

/// <summary>Samples some groups with one policy version.</summary>
/// <param name="Base">The stored model folder.</param>
/// <param name="Policy">Adapter and optimiser state of the policy version.</param>
/// <param name="WindowStart">First stochastic step.</param>
/// <param name="Trajectories">Exemplars by inversion: <c>invert</c> outputs that together hold this shard's exemplars in group order; otherwise empty.</param>
/// <param name="Prompts">Embeddings of captions and negative prompt; none: the shard embeds them itself.</param>
public sealed record RolloutInput(
    ContentHash Base, ContentHash Policy, LoraSpec Lora, Objective Objective, SamplerSpec Sampler, MatchingSpec Matching, ExemplarSpec Exemplars, int GroupSize,
    ulong Seed, int Epoch, int WindowStart, IReadOnlyList<GroupRef> Groups, IReadOnlyList<ContentHash> Trajectories, ExecutionProfile Profile,
    IReadOnlyList<PromptRef>? Prompts = null);

/// <summary>The gradient of one slice, as sums: on-policy and exemplar apart.</summary>
/// <param name="Policy">The policy version in training; in an epoch's later optimiser steps newer than the one that sampled.</param>
/// <param name="Rollout">The slice's rollout; none for <see cref="Objective.Sft"/>.</param>
/// <param name="WindowStart">First stochastic step of that rollout.</param>
/// <param name="OnPolicy">Whether the adapter of <paramref name="Policy"/> is the one that sampled: then its ratio must be 1.</param>
/// <param name="Generated">Advantages, [group][sample].</param>
/// <param name="Exemplar">Advantages, [group].</param>
/// <param name="Prompts">As in <see cref="RolloutInput"/>.</param>
public sealed record GradientInput(
    ContentHash Base, ContentHash Policy, LoraSpec Lora, Objective Objective, SamplerSpec Sampler, MatchingSpec Matching, ExemplarSpec Exemplars, OptimizerSpec Optimizer, ulong Seed, int Epoch,
    IReadOnlyList<GroupRef> Groups, ContentHash? Rollout, int WindowStart, bool OnPolicy, IReadOnlyList<IReadOnlyList<double>> Generated, IReadOnlyList<double> Exemplar, ExecutionProfile Profile,
    IReadOnlyList<PromptRef>? Prompts = null);

/// <summary>Two stored gradient sums of one slice.</summary>
public sealed record GradientRef(ContentHash OnPolicy, ContentHash Exemplar);

/// <summary>One optimiser step: adds the sums in slice order, divides, clips, AdamW, EMA. Without a parent it makes policy version 0.</summary>
/// <param name="Parent">The manifest of the policy version before, or none.</param>
/// <param name="OnPolicyCount">Denominator of the on-policy sum: samples times trained steps.</param>
/// <param name="ExemplarCount">Denominator of the exemplar sum: exemplars times levels.</param>
/// <param name="Step">Optimiser step within the epoch.</param>
/// <param name="FinishesEpoch">Whether the averaged policy moves with this step.</param>
/// <param name="MaxExemplarShare">The exemplar gradient's norm is scaled down to this share of the on-policy one's; 0 is no limit.</param>
/// <param name="Spec">Hash of the campaign's resolved specification, which is a stored object.</param>
/// <param name="Works">Every work since the parent that led to this step: for version 0 encoding, labels and rewards; then rollouts, scores, gradients, refreshes. None from engine 1.</param>
public sealed record UpdateInput(
    ContentHash Base, LoraSpec Lora, ContentHash? Parent, IReadOnlyList<GradientRef> Gradients, long OnPolicyCount, long ExemplarCount,
    OptimizerSpec Optimizer, double MaxExemplarShare, ulong Seed, int Epoch, int Step, bool FinishesEpoch, ContentHash Spec, ExecutionProfile Profile, IReadOnlyList<WorkRef>? Works = null);

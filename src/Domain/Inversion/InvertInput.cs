using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Grpo;

namespace PortraitGen.Domain.Inversion;

/// <summary>A curated portrait: its square training image and its caption.</summary>
public sealed record PortraitRef(ContentHash Image, string Caption);

/// <summary>Encodes real portraits to latents, and inverts the first few under the base policy to see how healthy inversion is.</summary>
/// <param name="Sampler">The schedule of that inversion.</param>
/// <param name="HealthChecks">How many of them are inverted and replayed.</param>
/// <param name="Prompts">Embeddings of their captions; none: the shard embeds them itself.</param>
public sealed record EncodeInput(
    ContentHash Base, IReadOnlyList<PortraitRef> Portraits, OdeSpec Sampler, int HealthChecks, ExecutionProfile Profile, IReadOnlyList<PromptRef>? Prompts = null);

/// <summary>A real latent and its caption: what an inversion depends on, without its place in an epoch.</summary>
public sealed record LatentRef(ExemplarRef Latent, string Caption);

/// <summary>Inverts real latents to trajectories along the policy's grid.</summary>
/// <param name="Policy">The policy under which; none is the frozen base, whose inversions are made once for every campaign.</param>
/// <param name="Sampler">Schedule, and the kernel whose z^2 the health report has.</param>
/// <param name="Method">One of the methods that invert.</param>
/// <param name="Prompts">Embeddings of the captions; none: the shard embeds them itself.</param>
public sealed record TrajectoryInput(
    ContentHash Base, ContentHash? Policy, LoraSpec? Lora, IReadOnlyList<LatentRef> Latents, SamplerSpec Sampler, ExemplarMethod Method, ExecutionProfile Profile,
    IReadOnlyList<PromptRef>? Prompts = null);

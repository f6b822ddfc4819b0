using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Grpo;

namespace PortraitGen.Domain.Inversion;

/// <summary>A curated portrait: its square training image and its caption.</summary>
public sealed record PortraitRef(ContentHash Image, string Caption);

/// <summary>Encodes real portraits to latents, and inverts the first few under the base policy to see how healthy inversion is.</summary>
/// <param name="HealthChecks">How many of them are inverted and replayed.</param>
public sealed record EncodeInput(
    ContentHash Base, IReadOnlyList<PortraitRef> Portraits, SamplerSpec Sampler, int HealthChecks, ExecutionProfile Profile);

/// <summary>Inverts an epoch's exemplars with BELM under its policy.</summary>
public sealed record TrajectoryInput(
    ContentHash Base, ContentHash Policy, LoraSpec Lora, IReadOnlyList<GroupRef> Groups, SamplerSpec Sampler, ExecutionProfile Profile);

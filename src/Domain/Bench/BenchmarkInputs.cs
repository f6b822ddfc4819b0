using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Rewards;

namespace PortraitGen.Domain.Bench;

/// <summary>Samples images of a policy's average on fresh seeds, and scores them.</summary>
/// <param name="Policy">The policy version; none is the bare base.</param>
/// <param name="Purpose">Names the random draws: <c>benchmark</c> or <c>preview</c>.</param>
/// <param name="First">Number of the first image: names its noise.</param>
/// <param name="AsPng">Whether each image is stored as a PNG too.</param>
/// <param name="Prompts">Embeddings of captions and negative prompt; none: the shard embeds them itself.</param>
public sealed record SampleInput(
    ContentHash Base, ContentHash? Policy, LoraSpec Lora, IReadOnlyList<string> Captions, string Purpose, int First, ulong Seed, OdeSpec Sampler,
    IReadOnlyList<RewardRef> Rewards, bool AsPng, ExecutionProfile Profile, IReadOnlyList<PromptRef>? Prompts = null);

/// <summary>Measures sampled images against held-out real portraits, by measures that no reward saw.</summary>
/// <param name="Samples">Outputs of sampling shards.</param>
/// <param name="Heldout">Outputs of <c>invert</c> for held-out portraits.</param>
public sealed record MeasureInput(IReadOnlyList<ContentHash> Samples, IReadOnlyList<ContentHash> Heldout, ExecutionProfile Profile);

using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Grpo;

namespace PortraitGen.Domain.Rewards;

/// <summary>The two rewards of a campaign, by their stable names.</summary>
public static class RewardNames
{
    /// <summary>General quality, in the manner of OmniReward: Bradley-Terry on pairs.</summary>
    public const string Omni = "omni";

    /// <summary>Human-centric realism, in the manner of AI-Portrait: captured or generated, and which flaw.</summary>
    public const string AiPortrait = "ai-portrait";
}

/// <summary>A trained reward.</summary>
/// <param name="Name">One of <see cref="RewardNames"/>.</param>
/// <param name="State">Its weights and moments.</param>
/// <param name="RealMean">Its mean over real portraits after the VAE round trip: the cap.</param>
public sealed record RewardRef(string Name, ContentHash State, double RealMean);

/// <summary>What an image of the labelled set is.</summary>
public enum ImageLabel { Captured, Generated, OverSmoothed, Oily, OverSaturated, Mirrored, Blurred, Grid, Noisy }

/// <summary>Makes labelled images: samples of the base, and corrupted copies of real portraits.</summary>
/// <param name="Captions">One sample each.</param>
/// <param name="Real">Portraits to corrupt, one corruption each, drawn.</param>
/// <param name="First">Number of the shard's first image in the job: names the random draws.</param>
/// <param name="Prompts">Embeddings of captions and negative prompt; none: the shard embeds them itself.</param>
public sealed record LabelInput(
    ContentHash Base, IReadOnlyList<string> Captions, IReadOnlyList<ExemplarRef> Real, int First, ulong Seed, OdeSpec Sampler, ExecutionProfile Profile,
    IReadOnlyList<PromptRef>? Prompts = null)
{
    /// <summary>Of a larger dataset version this many portraits are enough to train the rewards on.</summary>
    public const int MostPortraits = 256;
}

/// <summary>One link of a reward's training chain, or one refresh.</summary>
/// <param name="Name">One of <see cref="RewardNames"/>.</param>
/// <param name="State">The link before; none for the first.</param>
/// <param name="FromStep">First update of the link.</param>
/// <param name="ToStep">The update before which it ends.</param>
/// <param name="TotalSteps">End of the learning rate's schedule; a refresh lies beyond it, at a small constant rate.</param>
/// <param name="Real">Outputs of <c>invert</c> whose round-tripped portraits are the real class.</param>
/// <param name="Labelled">Outputs of <c>label</c>.</param>
/// <param name="Rollouts">Refresh: rollouts of the policy, newest last.</param>
public sealed record TrainRewardInput(
    string Name, ContentHash? State, int FromStep, int ToStep, int TotalSteps, IReadOnlyList<ContentHash> Real, IReadOnlyList<ContentHash> Labelled,
    IReadOnlyList<ContentHash> Rollouts, ulong Seed, ExecutionProfile Profile);

/// <summary>Scores images with every reward.</summary>
/// <param name="Rollout">Scores a rollout's generated images; or</param>
/// <param name="Exemplars">scores these portraits after the VAE round trip.</param>
public sealed record ScoreInput(
    IReadOnlyList<RewardRef> Rewards, ContentHash? Rollout, IReadOnlyList<ExemplarRef> Exemplars, ExecutionProfile Profile);

using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace PortraitGen.Domain.Campaigns;

/// <summary>What a team submits: one training campaign. Every default is the tiny CPU model's.</summary>
public sealed record CampaignSpec
{
    /// <summary>For people.</summary>
    [Required, StringLength(100, MinimumLength = 1)] public string Name { get; init; } = "";

    /// <summary>The base model: the name of a model folder, or the hash of one already stored.</summary>
    [Required, StringLength(200, MinimumLength = 1)] public string Base { get; init; } = "portrait-tiny";

    /// <summary>The dataset version whose portraits are the exemplars: its name or its hash.</summary>
    [Required, StringLength(200, MinimumLength = 1)] public string Dataset { get; init; } = "";

    /// <summary>Names every random draw of the campaign.</summary>
    [Range(0, 9007199254740991)] public long Seed { get; init; } = 1;

    /// <summary>GRPO epochs.</summary>
    [Range(1, 100000)] public int Epochs { get; init; } = 24;

    /// <summary>What generated images teach.</summary>
    public Objective Objective { get; init; } = Objective.Grpo;

    public SamplerSpec Sampler { get; init; } = new();
    public MatchingSpec Matching { get; init; } = new();
    public GroupSpec Group { get; init; } = new();
    public ExemplarSpec Exemplars { get; init; } = new();
    public RewardSpec Rewards { get; init; } = new();
    public OptimizerSpec Optimizer { get; init; } = new();
    public LoraSpec Lora { get; init; } = new();
    public BenchmarkSpec Benchmark { get; init; } = new();
    public ExecutionProfile Profile { get; init; } = new();

    /// <summary>Whether images are generated and scored: all objectives but <c>sft</c>.</summary>
    [JsonIgnore] public bool Samples => Objective is not Objective.Sft;
}

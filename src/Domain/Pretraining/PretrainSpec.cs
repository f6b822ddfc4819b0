using System.ComponentModel.DataAnnotations;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;

namespace PortraitGen.Domain.Pretraining;

/// <summary>How a small base model is made. The defaults make the shipped one.</summary>
public sealed record PretrainSpec
{
    [Required, StringLength(100, MinimumLength = 1)] public string Name { get; init; } = "portrait-tiny";

    /// <summary>A dataset version to train on; none: drawn portraits.</summary>
    public ContentHash? Dataset { get; init; }

    /// <summary>A stored model to go on from: its autoencoder and tokenizers stay, its transformer and text encoders are trained on. None: all is made anew.</summary>
    public ContentHash? From { get; init; }

    /// <summary>CLIP's merges, from which the tokenizer is cut.</summary>
    public ContentHash Vocabulary { get; init; }

    [Range(0, 9007199254740991)] public long Seed { get; init; } = 1;

    /// <summary>Side of the images, pixels.</summary>
    [Range(32, 256)] public int Size { get; init; } = 64;

    public DrawnSpec Drawn { get; init; } = new();
    public VaeSpec Vae { get; init; } = new();
    public BaseSpec Base { get; init; } = new();

    /// <summary>Updates of one link of a training chain.</summary>
    [Range(1, 10000)] public int StepsPerShard { get; init; } = 250;

    public ExecutionProfile Profile { get; init; } = new();
}

/// <summary>Which drawn portraits. The autoencoder sees both looks, the transformer only the AI look: it is to have the flaw that post-training cures.</summary>
public sealed record DrawnSpec
{
    [Range(16, 1000000)] public int ForVae { get; init; } = 1200;
    [Range(16, 1000000)] public int ForBase { get; init; } = 4000;

    /// <summary>Seed of the first portrait for the autoencoder; the demo's portraits start at 0.</summary>
    public long FirstForVae { get; init; } = 100000;

    /// <summary>Seed of the first portrait for the transformer.</summary>
    public long FirstForBase { get; init; } = 200000;
}

/// <summary>The autoencoder and its training.</summary>
public sealed record VaeSpec
{
    public IReadOnlyList<int> Channels { get; init; } = [16, 32, 64];
    [Range(1, 64)] public int LatentChannels { get; init; } = 16;
    [Range(1, 1000000)] public int Steps { get; init; } = 4000;
    [Range(1, 1024)] public int Batch { get; init; } = 8;
}

/// <summary>Transformer and text encoders, and their training.</summary>
public sealed record BaseSpec
{
    [Range(1, 64)] public int Layers { get; init; } = 6;
    [Range(1, 64)] public int Heads { get; init; } = 4;
    [Range(8, 128)] public int HeadDim { get; init; } = 32;
    [Range(8, 1024)] public int TextWidth { get; init; } = 64;
    [Range(8, 32)] public int TextTokens { get; init; } = 32;
    [Range(100, 48894)] public int Merges { get; init; } = 2000;
    [Range(1, 1000000)] public int Steps { get; init; } = 3500;
    [Range(1, 1024)] public int Batch { get; init; } = 32;

    /// <summary>Peak learning rate; a cosine leads down from it.</summary>
    [Range(1e-7, 0.1)] public double LearningRate { get; init; } = 1e-3;
}

using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Inversion;

namespace PortraitGen.Domain.Pretraining;

/// <summary>The tasks of pretraining, in their order.</summary>
public enum PretrainTask { Draw, Load, Vae, Encode, Base, Package }

/// <summary>Draws portraits of seeds <paramref name="First"/> …, every look of a seed after the other.</summary>
public sealed record DrawInput(PretrainTask Task, long First, int Count, IReadOnlyList<string> Looks, int Size);

/// <summary>Reads curated portraits.</summary>
public sealed record LoadInput(PretrainTask Task, IReadOnlyList<PortraitRef> Portraits, int Size);

/// <summary>One link of the autoencoder's training.</summary>
/// <param name="Images">Outputs of drawing or loading.</param>
public sealed record VaeInput(PretrainTask Task, VaeSpec Vae, int Size, ulong Seed, ContentHash? State, int From, int To, IReadOnlyList<ContentHash> Images, ExecutionProfile Profile);

/// <summary>Images to raw latents with the finished autoencoder: the chain's, or that of a model.</summary>
public sealed record EncodeLatentsInput(PretrainTask Task, VaeSpec Vae, int Size, ulong Seed, ContentHash? State, ContentHash? Model, ContentHash Images, ExecutionProfile Profile);

/// <summary>One link of the transformer's training.</summary>
/// <param name="VaeState">The autoencoder's chain's end; none when the training starts from a model.</param>
/// <param name="Model">The model that is trained on: its weights, autoencoder and tokenizers are taken.</param>
/// <param name="Latents">Outputs of encoding.</param>
/// <param name="Captions">Outputs of drawing or loading, in the same order.</param>
public sealed record BaseInput(
    PretrainTask Task, VaeSpec Vae, BaseSpec Base, int Size, ulong Seed, ContentHash Vocabulary, ContentHash? VaeState, ContentHash? Model, ContentHash? State, int From, int To,
    IReadOnlyList<ContentHash> Latents, IReadOnlyList<ContentHash> Captions, ExecutionProfile Profile);

/// <summary>Puts the averaged weights into a model folder, stores its files, and measures the autoencoder on portraits that it never saw.</summary>
public sealed record PackageInput(BaseInput Last, long FirstUnseen);

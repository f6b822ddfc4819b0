using PortraitGen.Domain.Artifacts;

namespace PortraitGen.Domain.Campaigns;

/// <summary>Embeds prompts, each by itself, so that what is stored for one depends on no other.</summary>
/// <param name="Base">The stored model folder, whose text encoders are meant.</param>
public sealed record EmbedInput(ContentHash Base, IReadOnlyList<string> Prompts, ExecutionProfile Profile);

/// <summary>A prompt whose embedding is stored.</summary>
/// <param name="Prompt">Its text.</param>
/// <param name="Embedding">What an <c>embed</c> shard gave for it.</param>
public sealed record PromptRef(string Prompt, ContentHash Embedding);

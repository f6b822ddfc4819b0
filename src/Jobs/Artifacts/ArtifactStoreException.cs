namespace PortraitGen.Jobs.Artifacts;

/// <summary>A store cannot do its work: full, unreachable, or refusing. The message is one line that names cause and cure, and no password.</summary>
public sealed class ArtifactStoreException(string message, Exception? inner = null) : IOException(message, inner);

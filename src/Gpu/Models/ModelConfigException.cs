namespace PortraitGen.Gpu.Models;

/// <summary>A model folder or a config that cannot be run. The message is one line that names file, key, cause and cure.</summary>
public sealed class ModelConfigException : Exception
{
    public ModelConfigException(string message) : base(message) { }
    public ModelConfigException(string message, Exception inner) : base(message, inner) { }
}

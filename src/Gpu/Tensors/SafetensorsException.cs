namespace PortraitGen.Gpu.Tensors;

/// <summary>A safetensors file that must not be trusted or cannot be read. The message is one line that names file, tensor and cause.</summary>
public sealed class SafetensorsException : Exception
{
    public SafetensorsException(string message) : base(message) { }
    public SafetensorsException(string message, Exception inner) : base(message, inner) { }
}

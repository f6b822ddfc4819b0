namespace PortraitGen.Gpu.Models;

/// <summary>Tensors do not fit the architecture. The message is one line that names what is missing, extra or misshapen.</summary>
public sealed class WeightsException : Exception
{
    public WeightsException(string message) : base(message) { }
}

using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tensors;

/// <summary>One tensor of a safetensors file.</summary>
/// <param name="Name">Key in the header.</param>
/// <param name="Dtype">Element type.</param>
/// <param name="Shape">Sizes, each at least 0; empty for a scalar.</param>
/// <param name="Begin">First byte, counted from the end of the header.</param>
/// <param name="End">One past the last byte, counted from the end of the header.</param>
public sealed record SafetensorsEntry(string Name, ScalarType Dtype, long[] Shape, long Begin, long End);

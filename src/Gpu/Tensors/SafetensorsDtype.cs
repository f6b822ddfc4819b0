using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tensors;

/// <summary>The element types of safetensors that libtorch knows, with their names in the file and their sizes in bytes.</summary>
internal static class SafetensorsDtype
{
    private static readonly (string Name, ScalarType Type, int Size)[] Known =
    [
        ("F64", ScalarType.Float64, 8), ("F32", ScalarType.Float32, 4), ("F16", ScalarType.Float16, 2), ("BF16", ScalarType.BFloat16, 2),
        ("I64", ScalarType.Int64, 8), ("I32", ScalarType.Int32, 4), ("I16", ScalarType.Int16, 2), ("I8", ScalarType.Int8, 1),
        ("U8", ScalarType.Byte, 1), ("BOOL", ScalarType.Bool, 1),
    ];

    public static string Names { get; } = string.Join(", ", Known.Select(known => known.Name));

    public static bool TryParse(string name, out ScalarType type)
    {
        foreach (var known in Known)
        {
            if (known.Name != name) continue;
            type = known.Type;
            return true;
        }

        type = default;
        return false;
    }

    public static string Name(ScalarType type) => Find(type).Name;

    public static int Size(ScalarType type) => Find(type).Size;

    private static (string Name, ScalarType Type, int Size) Find(ScalarType type)
    {
        foreach (var known in Known)
            if (known.Type == type) return known;
        throw new SafetensorsException($"safetensors cannot hold elements of type {type}; convert the tensor to one of {Names}.");
    }
}

using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models;

/// <summary>Compares two sets of named tensors and says in one line where they differ.</summary>
internal static class NamedTensors
{
    private const int Shown = 20;

    /// <summary>Throws unless both hold the same names with the same shapes.</summary>
    /// <exception cref="WeightsException">They differ.</exception>
    public static void Check(string label, IReadOnlyList<(string Name, Tensor Value)> expected, IReadOnlyDictionary<string, Tensor> actual)
    {
        var known = expected.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        var missing = expected.Where(tensor => !actual.ContainsKey(tensor.Name)).Select(tensor => tensor.Name).ToList();
        var extra = actual.Keys.Where(name => !known.Contains(name)).Order(StringComparer.Ordinal).ToList();
        var misshapen = expected
            .Where(tensor => actual.TryGetValue(tensor.Name, out var found) && !found.shape.SequenceEqual(tensor.Value.shape))
            .Select(tensor => $"{tensor.Name} is [{string.Join(", ", actual[tensor.Name].shape)}], must be [{string.Join(", ", tensor.Value.shape)}]")
            .ToList();
        if (missing.Count + extra.Count + misshapen.Count == 0) return;
        string[] faults = [List("missing", missing), List("misshapen", misshapen), List("extra", extra)];
        throw new WeightsException($"{label} does not fit: {string.Join("; ", faults.Where(fault => fault.Length > 0))}.");
    }

    /// <summary>"missing (3): a, b, c", or nothing for an empty list; a long list is cut.</summary>
    public static string List(string kind, List<string> names) => names.Count == 0
        ? ""
        : $"{kind} ({names.Count}): {string.Join(", ", names.Take(Shown))}{(names.Count > Shown ? ", ..." : "")}";
}

using PortraitGen.Gpu.Tensors;

namespace PortraitGen.Gpu.Tests;

/// <summary>
/// Reference values. Other files of the same form run through the same tests when PORTRAITGEN_GOLDENS names their folder.
/// </summary>
internal static class Goldens
{
    public static string Folder { get; } = Environment.GetEnvironmentVariable("PORTRAITGEN_GOLDENS") is { Length: > 0 } other
        ? other
        : Path.Combine(AppContext.BaseDirectory, "Goldens");

    /// <summary>The names of all golden files that begin so; a folder without any fails the test that asks.</summary>
    public static TheoryData<string> Files(params string[] prefixes)
    {
        string[] names = [.. Directory.EnumerateFiles(Folder, "*.safetensors")
            .Select(path => Path.GetFileName(path))
            .Where(name => prefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)))
            .Order(StringComparer.Ordinal)];
        return names.Length > 0 ? [.. names] : throw new FileNotFoundException($"{Folder} holds no golden file {string.Join(" or ", prefixes)}*.safetensors.");
    }

    public static SafetensorsFile Open(string name) => SafetensorsFile.Open(Path.Combine(Folder, name));
}

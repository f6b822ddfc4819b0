namespace PortraitGen.Tests;

/// <summary>Where this checkout lies: documents, presets, scripts and sources that tests read.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "PortraitGen.Jobs.sln"))) folder = folder.Parent!;
        return folder.FullName;
    }
}

namespace PortraitGen.Conformance.Tests.Artifacts;

/// <summary>An empty folder for one test, gone with it.</summary>
public sealed class ScratchFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("portraitgen-artifacts-").FullName;

    public string Sub(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

namespace PortraitGen.Jobs.Tests.Toys;

/// <summary>Folders that are gone after the test.</summary>
public sealed class ScratchFolder : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("portraitgen-").FullName;
    private int _count;

    public string Fresh() => Path.Combine(_root, $"{Interlocked.Increment(ref _count)}");

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_root, recursive: true);
    }
}

using PortraitGen.Domain.Artifacts;
using PortraitGen.Jobs.Artifacts;

namespace PortraitGen.Conformance.Tests.Artifacts;

public sealed class FolderArtifactStoreTests : InventoryContract, IDisposable
{
    private readonly ScratchFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    protected override IArtifactStore Open() => new FolderArtifactStore(_scratch.Path);

    protected override Task TamperAsync(ContentHash hash, byte[] bytes) => File.WriteAllBytesAsync(_scratch.Sub(ArtifactNames.KeyOf(hash)), bytes, Cancel);

    [Fact]
    public async Task Objects_lie_under_the_first_two_digits_and_no_temporary_file_stays()
    {
        var artifact = await Open().PutAsync(Bytes(10), MediaTypes.Binary, Cancel);
        await Open().TryPutNamedAsync("results/a", Bytes(10), Cancel);
        await Open().TryPutNamedAsync("results/a", Bytes(11), Cancel);
        Assert.True(File.Exists(_scratch.Sub($"objects/{artifact.Hash.Hex[..2]}/{artifact.Hash.Hex}")));
        Assert.True(File.Exists(_scratch.Sub("named/results/a")));
        Assert.Empty(Directory.GetFiles(_scratch.Sub("tmp")));
    }

    [Fact]
    public void Temporary_files_older_than_an_hour_are_swept_on_start_and_younger_ones_stay()
    {
        Open();
        var noon = new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
        foreach (var (name, minutes) in new[] { ("old", 61), ("young", 59) })
        {
            File.WriteAllText(_scratch.Sub($"tmp/{name}"), "");
            File.SetLastWriteTimeUtc(_scratch.Sub($"tmp/{name}"), noon.UtcDateTime.AddMinutes(-minutes));
        }

        _ = new FolderArtifactStore(_scratch.Path, new StoppedClock(noon));
        Assert.Equal([_scratch.Sub("tmp/young")], Directory.GetFiles(_scratch.Sub("tmp")));
    }

    [Fact]
    public void A_root_that_is_a_file_is_refused_with_its_name()
    {
        File.WriteAllText(_scratch.Sub("file"), "");
        var refused = Assert.Throws<ArtifactStoreException>(() => new FolderArtifactStore(_scratch.Sub("file")));
        Assert.Contains(_scratch.Sub("file"), refused.Message, StringComparison.Ordinal);
        Assert.Contains("Choose", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_disk_names_the_folder_and_the_cure()
    {
        var files = new DiskFiles(_scratch.Path, TimeProvider.System, _ => new("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0));
        files.Prepare();
        var full = await Assert.ThrowsAsync<ArtifactStoreException>(() => files.ReplaceAsync(_scratch.Sub("a"), Bytes(5000), Cancel));
        Assert.Contains($"{_scratch.Path} is full: 5,000 bytes", full.Message, StringComparison.Ordinal);
        Assert.Contains("Free space", full.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_scratch.Sub("a")));
    }

    private sealed class StoppedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}

using PortraitGen.Domain.Artifacts;
using PortraitGen.Jobs.Artifacts;

namespace PortraitGen.Conformance.Tests.Artifacts;

public sealed class CachedArtifactStoreTests : ArtifactStoreContract, IDisposable
{
    private readonly ScratchFolder _scratch = new();
    private readonly SteppingClock _clock = new();

    public void Dispose() => _scratch.Dispose();

    protected override IArtifactStore Open() => OpenCached(1 << 30);

    protected override string Place(IArtifactStore store) => Inner().Describe();

    protected override Task TamperAsync(ContentHash hash, byte[] bytes)
    {
        File.Delete(CachePath(hash));
        return File.WriteAllBytesAsync(InnerPath(hash), bytes, Cancel);
    }

    [Fact]
    public async Task A_second_read_does_not_ask_the_inner_store()
    {
        var content = Bytes(1000);
        var artifact = await Inner().PutAsync(content, MediaTypes.Binary, Cancel);
        var store = Open();
        await store.GetAsync(artifact.Hash, Cancel);
        File.Delete(InnerPath(artifact.Hash));
        Assert.Equal(content, await store.GetAsync(artifact.Hash, Cancel));
        Assert.Equal(content, await Open().GetAsync(artifact.Hash, Cancel));
        Assert.False(await store.ExistsAsync(artifact.Hash, Cancel)); // the inner store is the truth
    }

    [Fact]
    public async Task A_copy_damaged_between_two_runs_is_fetched_again()
    {
        var content = Bytes(1000);
        var artifact = await Open().PutAsync(content, MediaTypes.Binary, Cancel);
        await File.WriteAllBytesAsync(CachePath(artifact.Hash), Bytes(1000, seed: 2), Cancel);
        Assert.Equal(content, await Open().GetAsync(artifact.Hash, Cancel));
        Assert.Equal(content, await File.ReadAllBytesAsync(CachePath(artifact.Hash), Cancel));
    }

    [Fact]
    public async Task The_least_recently_used_leave_first_and_the_rest_fits()
    {
        var store = OpenCached(10_000);
        var refs = new List<ArtifactRef>();
        for (int i = 0; i < 3; i++) refs.Add(await store.PutAsync(Bytes(3000, seed: (ulong)i + 1), MediaTypes.Binary, Cancel));
        await store.GetAsync(refs[0].Hash, Cancel); // so that the second is now the oldest
        refs.Add(await store.PutAsync(Bytes(3000, seed: 9), MediaTypes.Binary, Cancel));

        Assert.Equal([true, false, true, true], refs.Select(r => File.Exists(CachePath(r.Hash))));
        Assert.Equal(Bytes(3000, seed: 2), await store.GetAsync(refs[1].Hash, Cancel));
    }

    [Fact]
    public async Task What_is_larger_than_the_cache_passes_through_and_evicts_nothing()
    {
        var store = OpenCached(10_000);
        var small = await store.PutAsync(Bytes(1000), MediaTypes.Binary, Cancel);
        var large = await store.PutAsync(Bytes(20_000), MediaTypes.Binary, Cancel);
        Assert.Equal(Bytes(20_000), await store.GetAsync(large.Hash, Cancel));
        Assert.True(File.Exists(CachePath(small.Hash)));
        Assert.False(File.Exists(CachePath(large.Hash)));
    }

    [Fact]
    public async Task A_cache_that_cannot_be_written_does_not_stop_the_work()
    {
        var artifact = await Inner().PutAsync(Bytes(1000), MediaTypes.Binary, Cancel);
        var store = Open();
        await File.WriteAllTextAsync(_scratch.Sub("cache/objects"), "in the way", Cancel);
        Assert.Equal(Bytes(1000), await store.GetAsync(artifact.Hash, Cancel));
    }

    private FolderArtifactStore Inner() => new(_scratch.Sub("inner"));

    private CachedArtifactStore OpenCached(long maxBytes) => new(Inner(), _scratch.Sub("cache"), maxBytes, _clock);

    private string InnerPath(ContentHash hash) => _scratch.Sub($"inner/{ArtifactNames.KeyOf(hash)}");

    private string CachePath(ContentHash hash) => _scratch.Sub($"cache/{ArtifactNames.KeyOf(hash)}");

    /// <summary>One second per look, so that no two uses are at the same time.</summary>
    private sealed class SteppingClock : TimeProvider
    {
        private long _looks = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds();

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeSeconds(Interlocked.Increment(ref _looks));
    }
}

using PortraitGen.Domain.Artifacts;

namespace PortraitGen.Conformance.Tests.Artifacts;

/// <summary>What every artifact store promises. One class is derived from this for each adapter.</summary>
public abstract class ArtifactStoreContract
{
    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Opens the store that this test owns. A second call opens the same store again, as another process would.</summary>
    protected abstract IArtifactStore Open();

    /// <summary>Puts other bytes in the place of an object, past the adapter.</summary>
    protected abstract Task TamperAsync(ContentHash hash, byte[] bytes);

    /// <summary>How a message names the place where objects are.</summary>
    protected virtual string Place(IArtifactStore store) => store.Describe();

    /// <summary>Bytes of no pattern, the same for each seed.</summary>
    protected static byte[] Bytes(int count, ulong seed = 1)
    {
        var bytes = new byte[count];
        ulong x = seed * 0x9E3779B97F4A7C15 + 1;
        for (int i = 0; i < count; i++)
        {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            bytes[i] = (byte)x;
        }

        return bytes;
    }

    [Fact]
    public async Task What_was_put_is_got_back_by_another_opener()
    {
        var content = Bytes(100_000);
        var artifact = await Open().PutAsync(content, MediaTypes.Png, Cancel);

        Assert.Equal(new ArtifactRef(ContentHash.Of(content), 100_000, MediaTypes.Png), artifact);
        Assert.Equal(content, await Open().GetAsync(artifact.Hash, Cancel));
        Assert.True(await Open().ExistsAsync(artifact.Hash, Cancel));
    }

    [Fact]
    public async Task A_slice_of_a_larger_buffer_is_stored_as_that_slice()
    {
        var buffer = Bytes(1000);
        var artifact = await Open().PutAsync(buffer.AsMemory(100, 200), MediaTypes.Binary, Cancel);
        Assert.Equal(buffer[100..300], await Open().GetAsync(artifact.Hash, Cancel));
    }

    [Fact]
    public async Task The_same_bytes_put_by_eight_at_once_are_one_object()
    {
        var (store, content) = (Open(), Bytes(50_000));
        var puts = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => store.PutAsync(content, MediaTypes.Binary, Cancel)));
        Assert.Single(puts.Distinct());
        Assert.Equal(content, await store.GetAsync(puts[0].Hash, Cancel));
    }

    [Fact]
    public async Task A_missing_object_is_named_with_its_store()
    {
        var (store, hash) = (Open(), ContentHash.Of(Bytes(5, seed: 99)));
        Assert.False(await store.ExistsAsync(hash, Cancel));
        var missing = await Assert.ThrowsAsync<ArtifactMissingException>(() => store.GetAsync(hash, Cancel));
        Assert.Contains(hash.Hex, missing.Message, StringComparison.Ordinal);
        Assert.Contains(Place(store), missing.Message, StringComparison.Ordinal);
    }

    [Theory, InlineData(0), InlineData(999), InlineData(1000), InlineData(1001)]
    public async Task Tampered_bytes_of_any_length_are_corrupt(int length)
    {
        var artifact = await Open().PutAsync(Bytes(1000), MediaTypes.Binary, Cancel);
        var other = Bytes(length, seed: 2);
        await TamperAsync(artifact.Hash, other);
        var corrupt = await Assert.ThrowsAsync<ArtifactCorruptException>(() => Open().GetAsync(artifact.Hash, Cancel));
        Assert.Contains(ContentHash.Of(other).Hex, corrupt.Message, StringComparison.Ordinal);
    }

    [Theory, InlineData(1000), InlineData(17 * 1024 * 1024)]
    public async Task Putting_the_true_bytes_again_heals_a_damaged_object(int length)
    {
        var content = Bytes(length);
        var artifact = await Open().PutAsync(content, MediaTypes.Binary, Cancel);
        await TamperAsync(artifact.Hash, Bytes(length, seed: 2));
        await Open().PutAsync(content, MediaTypes.Binary, Cancel);
        Assert.Equal(content, await Open().GetAsync(artifact.Hash, Cancel));
    }

    [Fact]
    public async Task Of_sixteen_writers_of_one_name_exactly_one_wins_and_its_bytes_stay()
    {
        for (int round = 0; round < 5; round++)
        {
            string name = $"results/race-{round}";
            var stores = Enumerable.Range(0, 4).Select(_ => Open()).ToArray();
            var wins = await Task.WhenAll(Enumerable.Range(0, 16).Select(async i =>
            {
                await Task.Yield();
                return await stores[i % 4].TryPutNamedAsync(name, Bytes(1000, seed: (ulong)i + 10), Cancel);
            }));
            Assert.Single(wins, won => won);
            Assert.Equal(Bytes(1000, seed: (ulong)Array.IndexOf(wins, true) + 10), await stores[0].GetNamedAsync(name, Cancel));
            Assert.False(await Open().TryPutNamedAsync(name, Bytes(3), Cancel));
        }
    }

    [Fact]
    public async Task A_name_that_nobody_wrote_is_null() => Assert.Null(await Open().GetNamedAsync("results/nobody", Cancel));

    [Fact]
    public async Task An_empty_object_is_an_object()
    {
        var artifact = await Open().PutAsync(ReadOnlyMemory<byte>.Empty, MediaTypes.Binary, Cancel);
        Assert.Equal(0, artifact.Length);
        Assert.Empty(await Open().GetAsync(artifact.Hash, Cancel));
        Assert.True(await Open().TryPutNamedAsync("results/empty", ReadOnlyMemory<byte>.Empty, Cancel));
        Assert.Empty((await Open().GetNamedAsync("results/empty", Cancel))!);
    }

    [Fact]
    public async Task Forty_megabytes_come_back_whole()
    {
        var content = Bytes(40 * 1024 * 1024);
        var artifact = await Open().PutAsync(content, MediaTypes.Safetensors, Cancel);
        Assert.Equal(artifact, await Open().PutAsync(content, MediaTypes.Safetensors, Cancel));
        var found = await Open().GetAsync(artifact.Hash, Cancel);
        Assert.True(content.AsSpan().SequenceEqual(found));
    }

    [Theory]
    [InlineData(""), InlineData("/results/a"), InlineData("results/"), InlineData("results//a"), InlineData("results/../a"), InlineData(".."), InlineData("./a")]
    [InlineData("Results/a"), InlineData("results/a b"), InlineData("results\\a"), InlineData("results/ä"), InlineData("results/a\0"), InlineData("a:b"), InlineData("results/a.")]
    public async Task Odd_names_are_refused_for_reading_and_writing(string name)
    {
        var refused = await Assert.ThrowsAsync<ArgumentException>(() => Open().TryPutNamedAsync(name, Bytes(3), Cancel));
        Assert.Contains("cannot name an object", refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ArgumentException>(() => Open().GetNamedAsync(name, Cancel));
    }

    [Fact]
    public async Task A_cancelled_caller_is_told_so_and_nothing_is_stored()
    {
        var content = Bytes(100, seed: 7);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Open().PutAsync(content, MediaTypes.Binary, new(canceled: true)));
        Assert.False(await Open().ExistsAsync(ContentHash.Of(content), Cancel));
    }
}

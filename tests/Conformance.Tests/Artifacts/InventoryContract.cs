using PortraitGen.Domain.Artifacts;
using PortraitGen.Jobs.Artifacts;

namespace PortraitGen.Conformance.Tests.Artifacts;

/// <summary>What every store promises of its inventory and of the way out of it.</summary>
public abstract class InventoryContract : ArtifactStoreContract
{
    private static readonly DateTimeOffset Always = DateTimeOffset.MaxValue, Never = DateTimeOffset.MinValue;

    /// <summary>Opens the store with listings of two keys a page, where it has pages.</summary>
    protected virtual IArtifactInventory OpenInventory() => (IArtifactInventory)Open();

    private static async Task<List<StoredItem>> ListAsync(IArtifactInventory inventory, string prefix)
    {
        var items = new List<StoredItem>();
        await foreach (var item in inventory.ListAsync(prefix, Cancel)) items.Add(item);
        return items;
    }

    [Fact]
    public async Task A_listing_tells_every_key_of_its_prefix_with_length_and_time()
    {
        var store = Open();
        var before = TimeProvider.System.GetUtcNow() - TimeSpan.FromSeconds(5); // servers cut their times to seconds
        var put = new List<string>();
        for (int i = 0; i < 5; i++) put.Add(ArtifactNames.KeyOf((await store.PutAsync(Bytes(10 + i, seed: (ulong)i + 40), MediaTypes.Binary, Cancel)).Hash));
        await store.TryPutNamedAsync("results/one", Bytes(3), Cancel);

        var items = await ListAsync(OpenInventory(), "objects/");
        Assert.Equal(put.Order(), items.Select(i => i.Key).Order());
        Assert.Equal([10, 11, 12, 13, 14], items.Select(i => i.Length).Order());
        Assert.All(items, i => Assert.InRange(i.Written, before, before + TimeSpan.FromMinutes(5)));
        Assert.Equal("named/results/one", Assert.Single(await ListAsync(OpenInventory(), "named/results/")).Key);
        Assert.Empty(await ListAsync(OpenInventory(), "trash/"));
    }

    [Fact]
    public async Task What_is_discarded_is_gone_from_its_place_and_comes_back_when_it_is_read()
    {
        var (store, inventory, content) = (Open(), OpenInventory(), Bytes(1000));
        var hash = (await store.PutAsync(content, MediaTypes.Binary, Cancel)).Hash;
        string key = ArtifactNames.KeyOf(hash);
        Assert.False(await inventory.DiscardAsync(key, Never, Cancel)); // written after the time that is given
        Assert.True(await inventory.DiscardAsync(key, Always, Cancel));
        Assert.False(await inventory.DiscardAsync(key, Always, Cancel));
        Assert.False(await store.ExistsAsync(hash, Cancel));
        Assert.Equal($"trash/{key}", Assert.Single(await ListAsync(inventory, "trash/")).Key);

        Assert.Equal(content, await Open().GetAsync(hash, Cancel));
        Assert.True(await store.ExistsAsync(hash, Cancel));
    }

    [Fact]
    public async Task What_is_purged_is_gone_for_good_and_a_named_object_can_be_written_again()
    {
        var (store, inventory) = (Open(), OpenInventory());
        var hash = (await store.PutAsync(Bytes(100), MediaTypes.Binary, Cancel)).Hash;
        await store.TryPutNamedAsync("results/gone", Bytes(3), Cancel);
        foreach (string key in new[] { ArtifactNames.KeyOf(hash), "named/results/gone" })
        {
            Assert.True(await inventory.DiscardAsync(key, Always, Cancel));
            await inventory.PurgeAsync(key, Never, Cancel); // too young
            Assert.Contains(await ListAsync(inventory, "trash/"), i => i.Key == $"trash/{key}");
            await inventory.PurgeAsync(key, Always, Cancel);
            await inventory.PurgeAsync(key, Always, Cancel);
            Assert.False(await inventory.RestoreAsync(key, Cancel));
        }

        Assert.Empty(await ListAsync(inventory, "trash/"));
        await Assert.ThrowsAsync<ArtifactMissingException>(() => store.GetAsync(hash, Cancel));
        Assert.True(await store.TryPutNamedAsync("results/gone", Bytes(4), Cancel));
    }

    /// <summary>Writers put the same few objects again and again while two collectors take away whatever they see: what was put is always read.</summary>
    [Fact]
    public async Task A_writer_of_bytes_that_are_just_being_discarded_loses_nothing()
    {
        byte[][] contents = [.. Enumerable.Range(0, 4).Select(i => Bytes(2000, seed: (ulong)i + 70))];
        using var done = new CancellationTokenSource();
        int discarded = 0;
        var collectors = Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
        {
            var inventory = (IArtifactInventory)Open();
            while (!done.IsCancellationRequested)
                foreach (byte[] content in contents)
                    if (await inventory.DiscardAsync(ArtifactNames.KeyOf(ContentHash.Of(content)), Always, Cancel)) Interlocked.Increment(ref discarded);
        }, Cancel)).ToArray();
        try
        {
            await Task.WhenAll(Enumerable.Range(0, 4).Select(w => Task.Run(async () =>
            {
                var store = Open();
                for (int round = 0; round < 25; round++)
                {
                    byte[] content = contents[(w + round) % contents.Length];
                    var hash = (await store.PutAsync(content, MediaTypes.Binary, Cancel)).Hash;
                    Assert.Equal(content, await store.GetAsync(hash, Cancel));
                }
            }, Cancel)));
        }
        finally
        {
            await done.CancelAsync();
            await Task.WhenAll(collectors);
        }

        Assert.True(discarded > 10, $"Only {discarded} objects were discarded: this was no race.");
        foreach (byte[] content in contents) Assert.Equal(content, await Open().GetAsync(ContentHash.Of(content), Cancel));
    }
}

namespace PortraitGen.Domain.Artifacts;

/// <summary>Something that lies in a store.</summary>
/// <param name="Key">Its whole key, e.g. <c>objects/ab/abcd…</c>, <c>named/results/ab12…</c>, <c>trash/objects/ab/abcd…</c>.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Written">By the store's clock.</param>
public sealed record StoredItem(string Key, long Length, DateTimeOffset Written);

/// <summary>A transfer into the store that was begun and not finished.</summary>
/// <param name="Id">The store's own name for it.</param>
public sealed record UnfinishedUpload(string Key, string Id, long Length, DateTimeOffset Begun);

/// <summary>What lies in a store, and the way out of it: first into the trash, from which any read brings an object back, and only later for good.</summary>
/// <remarks>So that a collector that raced a writer of the same bytes has lost nothing: no store can delete on the condition that nobody wrote meanwhile.</remarks>
public interface IArtifactInventory
{
    /// <summary>Everything whose key begins with <paramref name="prefix"/>, in no promised order.</summary>
    IAsyncEnumerable<StoredItem> ListAsync(string prefix, CancellationToken cancel);

    /// <summary>Moves to the trash. False, and no change, when it is gone or was written at or after <paramref name="before"/>.</summary>
    Task<bool> DiscardAsync(string key, DateTimeOffset before, CancellationToken cancel);

    /// <summary>Brings back what was discarded under this key. False when neither it nor the trash's copy is there.</summary>
    /// <remarks>A copy in the trash goes by <see cref="PurgeAsync"/> alone: deleting it here could meet another collector that just discarded the object anew.</remarks>
    Task<bool> RestoreAsync(string key, CancellationToken cancel);

    /// <summary>Deletes from the trash for good, unless it was discarded at or after <paramref name="before"/>.</summary>
    /// <param name="key">As it was before it was discarded.</param>
    Task PurgeAsync(string key, DateTimeOffset before, CancellationToken cancel);

    /// <summary>Unfinished uploads, whoever began them.</summary>
    IAsyncEnumerable<UnfinishedUpload> UploadsAsync(CancellationToken cancel);

    /// <summary>Frees what an unfinished upload holds. Nothing happens when it has ended meanwhile.</summary>
    Task AbortAsync(UnfinishedUpload upload, CancellationToken cancel);
}

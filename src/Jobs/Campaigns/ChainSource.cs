using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Artifacts;

namespace PortraitGen.Jobs.Campaigns;

/// <summary>Where a verification reads: a store, or a server that has one.</summary>
/// <param name="Object">The bytes of a hash, or null when they are not there.</param>
/// <param name="Result">The result index of an input key, or null.</param>
/// <param name="Expired">Why and when an object or an input key's result went by policy; null when it did not.</param>
public sealed record ChainSource(
    Func<ContentHash, CancellationToken, Task<byte[]?>> Object,
    Func<ContentHash, CancellationToken, Task<byte[]?>> Result,
    Func<ContentHash, CancellationToken, Task<string?>> Expired)
{
    /// <summary>The store itself, and nothing beside it.</summary>
    public static ChainSource Of(IArtifactStore store)
    {
        Task<ExpiredObjects>? expired = null;
        return new(
            // Asked first: reading would bring back what is on its way out.
            async (hash, cancel) => await store.ExistsAsync(hash, cancel) ? await store.GetAsync(hash, cancel) : null,
            (key, cancel) => store.GetNamedAsync(InputKey.ResultName(key), cancel),
            async (hash, cancel) => (await (expired ??= ExpiredObjects.ReadAsync(store, cancel))).Find(hash));
    }
}

/// <summary>One object of a checkpoint's chain.</summary>
/// <param name="Version">The policy version whose manifest names it; -1 when the manifest itself cannot be read.</param>
/// <param name="What">E.g. <c>manifest</c>, <c>policy</c>, <c>base/vae/config.json</c>, <c>rollout[2].rollout</c>, <c>dataset.portrait[7].image</c>.</param>
/// <param name="Fault">What is broken; null when all is well.</param>
/// <param name="Expired">Why it is not there, when a policy let it go; null otherwise. No fault.</param>
public sealed record ChainLink(long Version, string What, string Hash, string? Fault, string? Expired = null);

/// <summary>Reads the objects of a chain, each once, and notes what is wrong with them.</summary>
internal sealed class ChainReader(ChainSource source)
{
    private readonly Dictionary<ContentHash, int?> _seen = []; // its length; null for what was not whole
    private readonly Dictionary<ContentHash, ShardResult?> _results = [];

    public List<ChainLink> Links { get; } = [];

    /// <summary>The bytes of an object seen for the first time and found whole; null otherwise, and a link says why.</summary>
    public async Task<byte[]?> ObjectAsync(long version, string what, ContentHash hash, long? length, CancellationToken cancel)
    {
        if (_seen.TryGetValue(hash, out int? found))
        {
            if (found is { } count && length is { } stated && stated != count) Links.Add(new(version, what, hash.Hex, Odd(count, stated)));
            return null;
        }

        var (bytes, fault, expired) = await LoadAsync(hash, length, cancel);
        _seen[hash] = bytes?.Length;
        Links.Add(new(version, what, hash.Hex, fault, expired));
        return fault is null ? bytes : null;
    }

    public Task<byte[]?> ReferenceAsync(long version, string what, ArtifactRef reference, CancellationToken cancel) =>
        ObjectAsync(version, what, reference.Hash, reference.Length, cancel);

    /// <summary>The result index of a key.</summary>
    /// <param name="stated">The hash it must have; null when nothing states one.</param>
    public async Task<ShardResult?> ResultAsync(long version, string what, ContentHash key, ContentHash? stated, CancellationToken cancel)
    {
        if (_results.TryGetValue(key, out var read)) return read;
        _results[key] = null;
        if (await source.Result(key, cancel) is not { } bytes)
        {
            string? expired = await source.Expired(key, cancel);
            Links.Add(new(version, what, key.Hex, expired is null ? "It is missing." : null, expired));
            return null;
        }

        var found = ContentHash.Of(bytes);
        string? fault = stated is { } hash && found != hash ? $"It is corrupt: its bytes hash to {found}, but {hash} is stated." : null;
        ShardResult? result = null;
        if (fault is null)
            try
            {
                result = ShardResult.Parse(bytes);
                if (!result.ToBytes().AsSpan().SequenceEqual(bytes)) fault = "It is corrupt: it is not canonical.";
            }
            catch (Exception e) when (e is FormatException or System.Text.Json.JsonException or InvalidOperationException)
            {
                fault = $"It is corrupt: {e.Message}";
            }

        Links.Add(new(version, what, key.Hex, fault));
        return _results[key] = fault is null ? result : null;
    }

    public async Task<(byte[]? Bytes, string? Fault, string? Expired)> LoadAsync(ContentHash hash, long? length, CancellationToken cancel)
    {
        byte[]? bytes = null;
        try
        {
            bytes = await source.Object(hash, cancel);
        }
        catch (ArtifactMissingException)
        {
            // Said below.
        }
        catch (ArtifactCorruptException)
        {
            return (null, "It is corrupt: its bytes have another hash.", null);
        }

        if (bytes is null) return await source.Expired(hash, cancel) is { } why ? (null, null, why) : (null, "It is missing.", null);
        var found = ContentHash.Of(bytes);
        if (found != hash) return (null, $"It is corrupt: its bytes hash to {found}.", null);
        return (bytes, length is { } stated && stated != bytes.Length ? Odd(bytes.Length, stated) : null, null);
    }

    private static string Odd(int found, long stated) => $"It has {found} bytes, but {stated} are stated.";
}

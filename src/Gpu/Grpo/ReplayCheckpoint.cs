using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Grpo;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Jobs.Campaigns;

namespace PortraitGen.Gpu.Grpo;

/// <summary>How much of a checkpoint's last step is computed again.</summary>
public enum ReplayDepth
{
    /// <summary>The optimiser step, from the stored gradients.</summary>
    Update,

    /// <summary>The gradients too, from the stored rollouts.</summary>
    Gradients,

    /// <summary>Every work since the parent: rollouts, scores, inversions, refreshes, gradients, the step.</summary>
    Rollouts,
}

/// <summary>A work that was done again.</summary>
/// <param name="Name">E.g. <c>gradient[1]</c>, <c>update</c>.</param>
/// <param name="Recorded">Hash of what was made then: of the result index, or of the manifest for the update.</param>
/// <param name="Made">Hash of what was made now.</param>
public sealed record Replayed(string Name, string Recorded, string Made)
{
    public bool Same => Recorded == Made;
}

/// <summary>Computes the last step of a checkpoint again, with the worker's own code, and compares. Writes nothing to the store.</summary>
public sealed class ReplayCheckpoint(ChainSource source, IEnumerable<IShardHandler> handlers)
{
    /// <exception cref="ShardFailedException">It cannot be done here: another engine, another profile, or something it needs has expired.</exception>
    public async Task<IReadOnlyList<Replayed>> RunAsync(ContentHash checkpoint, ReplayDepth depth, Action<string> say, CancellationToken cancel)
    {
        var store = new Borrowed(source);
        var manifest = CheckpointManifest.Read(await store.GetAsync(checkpoint, cancel));
        if (manifest.Work is not { } key) throw Refused($"Checkpoint {checkpoint} names no work: it was made by engine {manifest.Engine}, which recorded none.");
        var update = await DocumentAsync(store, key, cancel);
        var works = (update.Input["works"]?.AsArray() ?? []).Select(w => DomainJson.Read<WorkRef>(w))
            .Where(w => depth switch { ReplayDepth.Update => false, ReplayDepth.Gradients => w.Kind == ShardKinds.Gradient, _ => w.Kind != ShardKinds.Update });
        var done = new List<Replayed>();
        var counts = new Dictionary<string, int>();
        foreach (var work in works)
        {
            int number = counts[work.Kind] = counts.GetValueOrDefault(work.Kind, -1) + 1;
            say($"{work.Kind}[{number}]");
            var result = Run(await DocumentAsync(store, work.Key, cancel), store, cancel);
            done.Add(new($"{work.Kind}[{number}]", work.Result.Hex, ContentHash.Of(result.ToBytes()).Hex));
        }

        say("update");
        done.Add(new("update", checkpoint.Hex, Run(update, store, cancel).Output("manifest").Hash.Hex));
        return done;
    }

    private ShardResult Run(WorkDocument work, IArtifactStore store, CancellationToken cancel)
    {
        if (work.Engine != InputKey.EngineVersion)
            throw Refused($"It was made by engine {work.Engine}, and this is engine {InputKey.EngineVersion}: equal bits are promised within one. Use the release that made it.");
        ProfileGuard.Apply(work.Input);
        return handlers.Single(h => h.Kind == work.Kind).Run(new ShardRun(work.Input, store, (_, _) => { }, cancel), cancel);
    }

    private static async Task<WorkDocument> DocumentAsync(Borrowed store, ContentHash key, CancellationToken cancel) => WorkDocument.Parse(await store.GetAsync(key, cancel));

    private static ShardFailedException Refused(string why) => new(FailureClasses.UserError, why);

    /// <summary>Reads from the chain, and keeps nothing that is written but its hash.</summary>
    private sealed class Borrowed(ChainSource source) : IArtifactStore
    {
        public Task<ArtifactRef> PutAsync(ReadOnlyMemory<byte> content, string mediaType, CancellationToken cancel) =>
            Task.FromResult(new ArtifactRef(ContentHash.Of(content.Span), content.Length, mediaType));

        public async Task<byte[]> GetAsync(ContentHash hash, CancellationToken cancel)
        {
            if (await source.Object(hash, cancel) is not { } bytes)
                throw Refused($"The object {hash}, which it needs, is not there: {await source.Expired(hash, cancel) ?? "it is missing"}.");
            var found = ContentHash.Of(bytes);
            return found == hash ? bytes : throw new ArtifactCorruptException(hash.Hex, found.Hex, Describe());
        }

        public async Task<bool> ExistsAsync(ContentHash hash, CancellationToken cancel) => await source.Object(hash, cancel) is not null;

        public Task<bool> TryPutNamedAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancel) => Task.FromResult(false);

        public Task<byte[]?> GetNamedAsync(string name, CancellationToken cancel) => Task.FromResult<byte[]?>(null);

        public string Describe() => "the checkpoint's chain";
    }
}

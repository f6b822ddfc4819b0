using System.Text.Json;
using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;

namespace PortraitGen.Jobs.Campaigns;

/// <summary>Walks the works that a manifest was made by: documents, result indexes, outputs; and asks of every input who made it.</summary>
internal sealed class VerifyWorks(ChainReader chain)
{
    /// <summary>What the manifest repeats of its work's document.</summary>
    private static readonly string[] Repeated = ["parent", "base", "spec", "gradients", "seed", "epoch", "step", "profile"];

    /// <summary>What a manifest names of a policy beside its adapter; none of it up to engine 4.</summary>
    internal static readonly string[] PolicyParts = ["average", "moments"];

    private readonly Dictionary<ContentHash, WorkDocument?> _documents = [];
    private readonly HashSet<ContentHash> _known = [];
    private readonly List<(long Version, string What, ContentHash Hash)> _used = [];

    /// <summary>Something that the chain itself names: base, specification, portrait, manifest, policy.</summary>
    public void Known(ContentHash hash) => _known.Add(hash);

    /// <param name="hash">The manifest's.</param>
    /// <param name="key">The update's input key.</param>
    public async Task UpdateAsync(long version, ContentHash hash, JsonObject manifest, ContentHash key, CancellationToken cancel)
    {
        if (await DocumentAsync(version, "update.work", key, cancel) is not { } update) return;
        string[] others = [.. Repeated.Where(name => CanonicalJson.ToText(update.Input[name]) != CanonicalJson.ToText(manifest[name]))];
        if (others.Length > 0) chain.Links.Add(new(version, "update.work", key.Hex, $"It is of another update: its {string.Join(", ", others)} differ from the manifest's."));
        foreach (var (path, input) in Hashes("update.input", update.Input)) _used.Add((version, path, input));
        if (await chain.ResultAsync(version, "update.result", key, null, cancel) is { } made)
            foreach (var (name, there) in new[] { ("manifest", hash.Hex), ("policy", HashIn("policy")), ("moments", HashIn("moments")), ("average", HashIn("average")) })
                if (made.Outputs.TryGetValue(name, out var output) ? output.Hash.Hex != there : name is "manifest" or "policy")
                    chain.Links.Add(new(version, "update.result", key.Hex, $"It is corrupt, or equal inputs gave two results: it names another {name} than the manifest."));

        string? HashIn(string part) => manifest[part]?["hash"]?.ToString();
        var counts = new Dictionary<string, int>();
        foreach (var node in update.Input["works"] as JsonArray ?? [])
        {
            if (Read(node) is not { } work)
            {
                chain.Links.Add(new(version, "update.works", key.Hex, "It names a work that is none: 'kind', 'key' and 'result' are expected."));
                continue;
            }

            int number = counts[work.Kind] = counts.GetValueOrDefault(work.Kind, -1) + 1;
            await WorkAsync(version, $"{work.Kind}[{number}]", work, cancel);
        }
    }

    /// <summary>Every input of every work must come from the chain or from another work. Only asked when all of it could be read.</summary>
    public void RequireOrigins()
    {
        if (chain.Links.Any(l => l.Fault is not null || l.Expired is not null)) return;
        foreach (var (version, what, hash) in _used)
            if (!_known.Contains(hash)) chain.Links.Add(new(version, what, hash.Hex, "Nothing that is recorded made it."));
    }

    private async Task WorkAsync(long version, string name, WorkRef work, CancellationToken cancel)
    {
        if (await DocumentAsync(version, $"{name}.work", work.Key, cancel) is { } document)
        {
            if (document.Kind != work.Kind) chain.Links.Add(new(version, $"{name}.work", work.Key.Hex, $"It is of kind '{document.Kind}', but '{work.Kind}' is stated."));
            foreach (var (path, hash) in Hashes($"{name}.input", document.Input)) _used.Add((version, path, hash));
        }

        if (await chain.ResultAsync(version, $"{name}.result", work.Key, work.Result, cancel) is not { } result)
            return;
        foreach (var (output, reference) in result.Outputs)
        {
            _known.Add(reference.Hash);
            // An update's manifest and policy are the parent version's own: they are walked under its name.
            if (work.Kind == ShardKinds.Update && (output is "manifest" or "policy" || PolicyParts.Contains(output))) continue;
            await chain.ReferenceAsync(version, $"{name}.{output}", reference, cancel);
        }
    }

    private async Task<WorkDocument?> DocumentAsync(long version, string what, ContentHash key, CancellationToken cancel)
    {
        // A child names its parent's update before the parent's own turn comes.
        if (_documents.TryGetValue(key, out var read)) return read;
        _documents[key] = null;
        if (await chain.ObjectAsync(version, what, key, null, cancel) is not { } bytes) return null;
        try
        {
            return _documents[key] = WorkDocument.Parse(bytes);
        }
        catch (FormatException e)
        {
            chain.Links.Add(new(version, what, key.Hex, e.Message));
            return null;
        }
    }

    private static IEnumerable<(string Path, ContentHash Hash)> Hashes(string path, JsonNode? node) => node switch
    {
        JsonObject o when o.ContainsKey("works") => Hashes(path, Without(o)),
        JsonObject o => o.SelectMany(p => Hashes($"{path}.{p.Key}", p.Value)),
        JsonArray list => list.SelectMany((item, i) => Hashes($"{path}[{i}]", item)),
        JsonValue value when value.TryGetValue(out string? text) && ContentHash.TryParse(text, out var hash) => [(path, hash)],
        _ => [],
    };

    /// <summary>An update among the works names its own works, which its own manifest answers for.</summary>
    private static JsonObject Without(JsonObject update)
    {
        var copy = (JsonObject)update.DeepClone();
        copy.Remove("works");
        return copy;
    }

    private static WorkRef? Read(JsonNode? node)
    {
        try
        {
            return DomainJson.Read<WorkRef>(node);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

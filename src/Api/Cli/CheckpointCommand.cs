using System.CommandLine;
using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;

namespace PortraitGen.Api.Cli;

/// <summary>Checkpoints are the artifacts whose name, after the folder, begins with <c>checkpoint</c> (<c>final/checkpoint.json</c>): their manifests.</summary>
internal static class CheckpointCommand
{
    internal static Argument<string> Which { get; } = new("ID|HASH") { Description = "A campaign (its last checkpoint), or the hash of a checkpoint's manifest." };

    public static Command Create() => ClientOptions.Group("checkpoint", "Stored policy versions.", List(), Pull(), CheckpointExportCommand.Create(), CheckpointVerify.Create());

    private static Command List()
    {
        var id = new Argument<Guid>("ID") { Description = "The campaign." };
        return new Command("list", "List a campaign's checkpoints.") { id }.Verb(async (parsed, client, cancel) =>
            Show.Answer(parsed, new JsonArray([.. (await AllAsync(client, parsed.GetRequiredValue(id), cancel)).Select(a => a!.DeepClone())]), a => Show.Table(a.AsArray(), "The campaign has no checkpoint yet.",
                ("Name", "name"), ("Bytes", "length"), ("Hash", "hash"), ("Created", "createdAt"))));
    }

    private static Command Pull()
    {
        var output = new Option<DirectoryInfo>("--out") { Description = "Where to put it.", DefaultValueFactory = _ => new("checkpoint") };
        return new Command("pull", "Download a checkpoint: its weights and its manifest.") { Which, output }.Verb(async (parsed, client, cancel) =>
        {
            var hash = await ManifestAsync(client, parsed.GetRequiredValue(Which), cancel);
            byte[] manifest = await BytesAsync(client, hash, cancel);
            var policy = JsonNode.Parse(manifest)?["policy"] is JsonObject reference ? ArtifactRef.FromJson(reference)
                : throw new CommandException(ExitCodes.BadInput, $"{hash} is no checkpoint's manifest.");
            var folder = parsed.GetRequiredValue(output);
            folder.Create();
            string weights = policy.MediaType == MediaTypes.Safetensors ? "policy.safetensors" : "policy.json";
            await File.WriteAllBytesAsync(Path.Combine(folder.FullName, weights), await BytesAsync(client, policy.Hash, cancel), cancel);
            foreach (string part in new[] { "average", "moments" })
                if (JsonNode.Parse(manifest)![part] is JsonObject named)
                    await File.WriteAllBytesAsync(Path.Combine(folder.FullName, part + ".safetensors"), await BytesAsync(client, ArtifactRef.FromJson(named).Hash, cancel), cancel);
            await File.WriteAllBytesAsync(Path.Combine(folder.FullName, "manifest.json"), manifest, cancel);
            return Show.Answer(parsed, new JsonObject { ["folder"] = folder.FullName, ["manifest"] = hash.Hex, ["policy"] = policy.ToJson() },
                _ => Console.Out.WriteLine($"{Path.Combine(folder.ToString(), weights)}, {policy.Length:N0} bytes, and its manifest {hash}"));
        });
    }

    private static async Task<IReadOnlyList<JsonNode?>> AllAsync(ApiClient client, Guid campaign, CancellationToken cancel) =>
        [.. (await client.GetAsync($"api/campaigns/{campaign}/artifacts", cancel)).AsArray().Where(a => Show.Value(a, "name").Split('/')[^1].StartsWith("checkpoint", StringComparison.Ordinal))];

    internal static async Task<ContentHash> ManifestAsync(ApiClient client, string which, CancellationToken cancel)
    {
        if (ContentHash.TryParse(which, out var hash)) return hash;
        if (!Guid.TryParse(which, out var campaign)) throw new CommandException(ExitCodes.BadInput, $"'{which}' is neither a campaign's id nor a hash of 64 lower-case hex digits.");
        var last = (await AllAsync(client, campaign, cancel)).Where(a => Show.Value(a, "mediaType") == MediaTypes.Json).MaxBy(a => Show.Value(a, "createdAt") + Show.Value(a, "name"), StringComparer.Ordinal);
        return last is not null ? ContentHash.Parse(Show.Value(last, "hash")) : throw new CommandException(ExitCodes.BadInput, $"The campaign {campaign} has no checkpoint yet.");
    }

    internal static async Task<byte[]> BytesAsync(ApiClient client, ContentHash hash, CancellationToken cancel)
    {
        byte[] bytes = await client.ArtifactAsync(hash.Hex, cancel) ?? throw new CommandException(ExitCodes.Failed, $"The server has no object {hash}.");
        return ContentHash.Of(bytes) == hash ? bytes : throw new CommandException(ExitCodes.Failed, $"What came for {hash} has another hash: try again, and look at the store if it stays so.");
    }
}

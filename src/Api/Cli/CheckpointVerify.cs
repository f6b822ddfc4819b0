using System.CommandLine;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Gpu.Grpo;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Jobs.Artifacts;
using PortraitGen.Jobs.Campaigns;
using PortraitGen.Jobs.Hosting;

namespace PortraitGen.Api.Cli;

/// <summary>Checks a checkpoint's certificate: every hash of the chain, and on request the last step computed again.</summary>
internal static class CheckpointVerify
{
    private static readonly Option<bool> Store = new("--store") { Description = "Read the store itself (PORTRAITGEN_S3 or PORTRAITGEN_DATA) instead of asking a server; needs a HASH." };

    private static readonly Option<string> Replay = new("--replay")
    {
        Description = "Compute the last step again and compare: 'update' (the default) from the stored gradients, 'gradients' these too, 'rollouts' everything since the parent.",
        Arity = ArgumentArity.ZeroOrOne,
        HelpName = "DEPTH",
    };

    public static Command Create()
    {
        Replay.AcceptOnlyFromAmong("update", "gradients", "rollouts");
        return new Command("verify", "Recompute every hash of a checkpoint, of all that it was made from, and of all its parents.") { CheckpointCommand.Which, Store, Replay }.Verb(RunAsync);
    }

    private static async Task<int> RunAsync(ParseResult parsed, ApiClient client, CancellationToken cancel)
    {
        string which = parsed.GetRequiredValue(CheckpointCommand.Which);
        bool direct = parsed.GetValue(Store);
        if (direct && !ContentHash.TryParse(which, out _)) throw new CommandException(ExitCodes.BadInput, "--store needs the hash of a checkpoint's manifest.");
        var hash = direct ? ContentHash.Parse(which) : await CheckpointCommand.ManifestAsync(client, which, cancel);
        var source = direct ? FromStore() : client.Chain();
        var links = await new VerifyCheckpoint(source).RunAsync(hash, cancel);
        var broken = links.Where(l => l.Fault is not null).ToList();
        var expired = links.Where(l => l.Expired is not null).ToList();
        // A broken chain is not computed with.
        var replayed = parsed.GetResult(Replay) is null || broken.Count > 0 ? [] : await ReplayAsync(hash, parsed.GetValue(Replay) ?? "update", source, parsed.GetValue(ClientOptions.Json), cancel);
        var differs = replayed.Where(r => !r.Same).ToList();

        var answer = new JsonObject
        {
            ["manifest"] = hash.Hex,
            ["objects"] = links.Count,
            ["intact"] = broken.Count == 0 && differs.Count == 0,
            ["broken"] = List(broken),
            ["expired"] = List(expired),
            ["replayed"] = List(replayed),
        };
        Show.Answer(parsed, answer, _ => Print(hash, links, replayed));
        if (broken.Count > 0) throw new CommandException(ExitCodes.Failed, string.Join('\n', broken.Select(b => $"version {b.Version}, {b.What} {b.Hash}: {b.Fault}")));
        return differs.Count == 0 ? ExitCodes.Ok
            : throw new CommandException(ExitCodes.Failed, string.Join('\n', differs.Select(r => $"{r.Name}: computed again it gives {r.Made}, recorded is {r.Recorded}")));
    }

    private static void Print(ContentHash hash, IReadOnlyList<ChainLink> links, IReadOnlyList<Replayed> replayed)
    {
        Console.Out.WriteLine($"Checkpoint {hash}");
        foreach (var version in links.GroupBy(l => l.Version))
        {
            int faults = version.Count(l => l.Fault is not null), expired = version.Count(l => l.Expired is not null);
            Console.Out.WriteLine($"  {(version.Key < 0 ? "unreadable manifest" : $"version {version.Key}")}: {version.Count()} objects, {version.Count() - faults - expired} intact"
                + (expired > 0 ? $", {expired} expired by policy" : "") + (faults > 0 ? $", {faults} broken" : ""));
        }

        foreach (var why in links.Where(l => l.Expired is not null).GroupBy(l => l.Expired)) Console.Out.WriteLine($"  {why.Count()} {why.Key}");
        foreach (var work in replayed) Console.Out.WriteLine($"  {work.Name} computed again: {(work.Same ? "the same bits" : "OTHER BITS")}");
        int gone = links.Count(l => l.Expired is not null);
        Console.Out.WriteLine($"{links.Count} objects over {links.Count(l => l.What == "manifest")} versions, {links.Count(l => l.Fault is not null)} broken{(gone > 0 ? $", {gone} expired" : "")}.");
    }

    private static async Task<IReadOnlyList<Replayed>> ReplayAsync(ContentHash hash, string depth, ChainSource source, bool quiet, CancellationToken cancel)
    {
        // A fresh folder: a base model unpacked before is no proof of what the store holds.
        var folder = Directory.CreateTempSubdirectory("portraitgen-replay-");
        try
        {
            await using var services = new ServiceCollection().AddShardHandlers(folder.FullName).BuildServiceProvider();
            var replay = new ReplayCheckpoint(source, services.GetServices<IShardHandler>());
            return await replay.RunAsync(hash, Enum.Parse<ReplayDepth>(depth, ignoreCase: true), quiet ? _ => { } : name => Console.Error.WriteLine($"computing {name} again"), cancel);
        }
        catch (ShardFailedException e)
        {
            throw new CommandException(ExitCodes.Failed, $"The replay cannot be done: {e.Message}");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static JsonArray List<T>(IEnumerable<T> items) where T : class => new([.. items.Select(i => (JsonNode)DomainJson.ToNode(i))]);

    private static ChainSource FromStore()
    {
        var options = JobsOptions.FromEnvironment();
        return ChainSource.Of(ArtifactStores.Open(options.S3, Path.Combine(options.DataFolder, "artifacts")));
    }
}

using System.Text;
using System.Text.Json.Nodes;
using PortraitGen.Conformance.Tests.Artifacts;
using PortraitGen.Conformance.Tests.Http;
using PortraitGen.Domain.Artifacts;

namespace PortraitGen.Conformance.Tests.Cli;

public sealed class CliTests(ApiServer server) : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Task<Ended> AskAsync(params string[] args) => Cli.WithAsync(new Dictionary<string, string> { ["PORTRAITGEN_SERVER"] = server.Address }, args);

    [Theory]
    [InlineData("--epochs is a whole number from 1 to 100000, not '0'.", "demo", "--epochs", "0")]
    [InlineData("--seed is a whole number from 0 to 9007199254740991, not '-1'.", "demo", "--seed", "-1")]
    [InlineData("--vae-steps is a whole number from 1 to 1000000, not '0'.", "pretrain", "--vae-steps", "0")]
    [InlineData("--steps is a whole number from 1 to 1000000, not 'many'.", "pretrain", "--steps", "many")]
    [InlineData("--patience is a whole number from 0 to 86400, not '-1'.", "serve", "--patience", "-1")]
    [InlineData("There is no folder 'no-such-folder': --portraits wants one that holds photos.", "demo", "--portraits", "no-such-folder")]
    [InlineData("There is no folder 'no-such-folder': --portraits wants one that holds photos.", "pretrain", "--portraits", "no-such-folder", "--work", "no-such-work")]
    [InlineData("There is no file 'no-such-file': --vocabulary wants CLIP's merges.", "pretrain", "--vocabulary", "no-such-file", "--work", "no-such-work")]
    public async Task What_a_local_command_cannot_take_is_told_before_anything_is_made(string words, params string[] args)
    {
        Assert.Contains(words, (await Cli.RunAsync(args)).FailedWith(2));
        Assert.False(Directory.Exists(Path.Combine(Path.GetTempPath(), "no-such-work")));
    }

    [Theory]
    [InlineData("demo", "--out")]
    [InlineData("pretrain", "--work")]
    public async Task A_folder_without_photos_ends_with_2_and_says_what_it_holds(string verb, string where)
    {
        string photos = Directory.CreateDirectory(_folder.Sub("none")).FullName;
        await File.WriteAllTextAsync(Path.Combine(photos, "note.jpg"), "words", Cancel);
        string error = (await Cli.RunAsync([verb, "--portraits", photos, where, _folder.Sub(verb), .. Vocabulary(verb)])).FailedWith(2);
        Assert.Contains("holds no photo", error);
        Assert.Contains("note.jpg: The file is text", error);
    }

    // The shipped model is not found from the tests' own folder of programs.
    private string[] Vocabulary(string verb)
    {
        if (verb != "pretrain") return [];
        string merges = _folder.Sub("merges.txt");
        File.WriteAllText(merges, "#version: 0.2\n");
        return ["--vocabulary", merges];
    }

    [Theory]
    [InlineData("", "serve", "batch", "dataset", "campaign", "job", "team", "checkpoint", "db", "doctor")]
    [InlineData("serve", "--workers", "--listen", "--data")]
    [InlineData("demo", "--portraits", "--epochs", "--seed", "--out", "--compare", "--seeds")]
    [InlineData("batch upload", "DIR", "--name", "--licence", "--consent", "--source", "--freeze", "--server", "--json")]
    [InlineData("dataset list", "--json")]
    [InlineData("dataset show", "NAME|HASH")]
    [InlineData("campaign submit", "FILE", "--key", "--priority", "--team", "--budget", "--memory")]
    [InlineData("campaign explain", "ID")]
    [InlineData("job explain", "ID")]
    [InlineData("team list", "--json")]
    [InlineData("team set", "NAME", "--weight", "--max-shards")]
    [InlineData("campaign list", "--state", "--kind")]
    [InlineData("campaign show", "ID")]
    [InlineData("campaign watch", "ID")]
    [InlineData("campaign pause", "ID", "devices are free")]
    [InlineData("campaign resume", "ID")]
    [InlineData("campaign cancel", "ID")]
    [InlineData("job show", "ID", "stack trace")]
    [InlineData("job redrive", "ID")]
    [InlineData("checkpoint list", "ID")]
    [InlineData("checkpoint pull", "--out")]
    [InlineData("checkpoint verify", "ID|HASH", "--store", "--replay")]
    [InlineData("store collect", "--dry-run", "--keep-days", "--keep-every", "--json")]
    [InlineData("db migrate", "PORTRAITGEN_POSTGRES")]
    [InlineData("doctor", "--model", "--port")]
    public async Task Each_verb_says_what_it_takes(string verb, params string[] words)
    {
        string help = (await Cli.RunAsync([.. verb.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"])).Succeeded();
        Assert.All(words, word => Assert.Contains(word, help));
    }

    [Theory]
    [InlineData("campaign", "sbmit")]
    [InlineData("campaign", "show", "no-guid")]
    [InlineData("campaign", "list", "--server", "ftp://x")]
    [InlineData("batch", "upload", "/no/such/folder", "--licence", "a", "--consent", "b", "--source", "c")]
    [InlineData("campaign", "submit", "/no/such.yaml")]
    [InlineData("checkpoint", "verify", "neither")]
    [InlineData("store", "collect", "--keep-days", "-1")]
    [InlineData("serve", "--workers", "65")]
    [InlineData("demo", "--seeds", "2")]
    [InlineData("demo", "--compare", "--seeds", "0")]
    [InlineData("serve", "--listen", "nonsense")]
    public async Task A_wrong_command_line_ends_with_2_and_one_line_for_each_fault(params string[] args) =>
        Assert.StartsWith("portraitgen: ", (await Cli.RunAsync(args)).FailedWith(2));

    [Fact]
    public async Task A_server_that_is_not_there_ends_with_3_and_how_to_start_it()
    {
        string error = (await Cli.RunAsync("campaign", "list", "--server", "http://127.0.0.1:1")).FailedWith(3);
        Assert.Contains("http://127.0.0.1:1", error);
        Assert.Contains("portraitgen serve", error);
        Assert.Single(error.Trim().Split('\n'));
    }

    [Fact]
    public async Task Why_something_waits_and_what_a_team_may_are_said_in_words()
    {
        string file = _folder.Sub("big.yaml");
        await File.WriteAllTextAsync(file, "name: explained\nbase: toy-base\ndataset: faces\nepochs: 1\n", Cancel);
        string id = (await AskAsync("campaign", "submit", file, "--team", "cli", "--memory", "4001", "--budget", "2.5", "--json")).Json["id"]!.GetValue<string>();
        await server.UntilAsync(id, "running");
        string why = (await AskAsync("campaign", "explain", id)).Succeeded();
        Assert.Contains("Campaign 'explained' of team 'cli' is running", why);
        string job = (await AskAsync("campaign", "explain", id, "--json")).Json["jobId"]!.GetValue<string>();
        Assert.Contains("job 'epoch-1'", (await AskAsync("job", "explain", job)).Succeeded());
        Assert.Contains("Team 'cli' has weight 3 and at most 2 shards in flight.", (await AskAsync("team", "set", "cli", "--weight", "3", "--max-shards", "2")).Succeeded());
        Assert.Contains("cli\t3\t2\t0", (await AskAsync("team", "list")).Succeeded());
        Assert.Contains("maxShards", (await AskAsync("team", "set", "cli", "--max-shards", "-1")).FailedWith(2));
        (await AskAsync("campaign", "cancel", id)).Succeeded();
    }

    [Fact]
    public async Task A_plan_of_memory_counts_the_adapter_of_the_specification_and_refuses_what_is_no_model()
    {
        string model = Path.Combine(Repository.Root, "models", "portrait-tiny"), spec = Path.Combine(_folder.Sub("spec"), "rank.yaml");
        Directory.CreateDirectory(Path.GetDirectoryName(spec)!);
        await File.WriteAllTextAsync(spec, "name: rank\nlora: { rank: 32 }\n", TestContext.Current.CancellationToken);
        long Adapter(Ended ended) => ended.Json["parts"]!.AsArray().Single(p => p!["part"]!.GetValue<string>() == "adapter")!["bytes"]!.GetValue<long>();
        Assert.Equal(2 * Adapter(await Cli.RunAsync("plan", model, "--json")), Adapter(await Cli.RunAsync("plan", model, spec, "--json"))); // the default rank is 16
        Assert.Contains("model_index.json", (await Cli.RunAsync("plan", _folder.Sub("empty"))).FailedWith(2));
    }

    [Fact]
    public async Task Serving_where_another_listens_already_ends_with_1_and_names_the_address()
    {
        string error = (await Cli.RunAsync("serve", "--data", _folder.Sub("data"), "--listen", server.Address.TrimEnd('/'))).FailedWith(1);
        Assert.Contains(server.Address.TrimEnd('/'), error);
    }

    [Fact]
    public async Task Serving_without_its_database_ends_with_3_and_names_it_without_a_password()
    {
        var ended = await Cli.WithAsync(new() { ["PORTRAITGEN_POSTGRES"] = "Host=127.0.0.1;Port=1;Database=d;Username=u;Password=hunter2" }, "serve", "--patience", "1", "--listen", "http://127.0.0.1:0");
        string error = ended.FailedWith(3);
        Assert.Contains("127.0.0.1:1", error);
        Assert.DoesNotContain("hunter2", error);
    }

    [Fact]
    public async Task A_campaign_is_submitted_watched_listed_shown_and_its_checkpoint_verified_and_pulled()
    {
        string file = _folder.Sub("spec.yaml");
        await File.WriteAllTextAsync(file, "name: by hand\nbase: toy-base\ndataset: faces\nepochs: 2\n", Cancel);
        var submitted = (await AskAsync("campaign", "submit", file, "--key", "cli-1", "--json")).Json;
        string id = submitted["id"]!.GetValue<string>();
        Assert.Equal(id, (await AskAsync("campaign", "submit", file, "--key", "cli-1", "--json")).Json["id"]!.GetValue<string>());

        string watched = (await AskAsync("campaign", "watch", id)).Succeeded();
        Assert.Contains("job-succeeded epoch-2", watched);
        Assert.Contains("The campaign succeeded.", watched);
        Assert.Contains("by hand", (await AskAsync("campaign", "list")).Succeeded());
        Assert.Contains("epoch-1", (await AskAsync("campaign", "show", id)).Succeeded());
        Assert.Contains("epoch-002/checkpoint.json", (await AskAsync("checkpoint", "list", id)).Succeeded());

        var verified = (await AskAsync("checkpoint", "verify", id, "--json")).Json;
        Assert.True(verified["intact"]!.GetValue<bool>());
        Assert.Equal(5, verified["objects"]!.GetValue<int>()); // two manifests, two policies, one dataset
        var direct = await Cli.WithAsync(new() { ["PORTRAITGEN_DATA"] = server.DataFolder }, "checkpoint", "verify", verified["manifest"]!.GetValue<string>(), "--store");
        Assert.Contains("5 objects over 2 versions, 0 broken", direct.Succeeded());

        (await AskAsync("checkpoint", "pull", id, "--out", _folder.Sub("pulled"))).Succeeded();
        Assert.Equal("by hand 2 0", await File.ReadAllTextAsync(_folder.Sub("pulled/policy.safetensors"), Cancel));
        Assert.Equal(verified["manifest"]!.GetValue<string>(), ContentHash.Of(await File.ReadAllBytesAsync(_folder.Sub("pulled/manifest.json"), Cancel)).Hex);
    }

    [Fact]
    public async Task A_refused_specification_ends_with_2_and_a_line_for_each_fault()
    {
        string file = _folder.Sub("bad.json");
        await File.WriteAllTextAsync(file, """{"name":"a","dataset":"none","epochs":-1,"base":"toy-base"}""", Cancel);
        string[] lines = (await AskAsync("campaign", "submit", file)).FailedWith(2).Trim().Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("portraitgen: epochs: ", lines[0]);
        Assert.Contains("a whole number from 1 to 100000", lines[0]);
        Assert.StartsWith("portraitgen: dataset: ", lines[1]);
    }

    [Fact]
    public async Task A_cancelled_campaign_ends_its_watch_with_1()
    {
        string id = await server.StartAsync("slow by hand");
        var watch = AskAsync("campaign", "watch", id, "--json");
        await server.UntilAsync(id, "running");
        Assert.Contains(id, (await AskAsync("campaign", "cancel", id)).Succeeded());
        var ended = await watch;
        Assert.Equal(1, ended.Code);
        Assert.Contains("cancelled", ended.Error);
        Assert.Equal("end", JsonNode.Parse(ended.Output.Trim().Split('\n')[^1])!["event"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_folder_is_uploaded_and_frozen_and_odd_files_are_named()
    {
        string folder = Directory.CreateDirectory(_folder.Sub("photos/inner")).Parent!.FullName;
        await File.WriteAllBytesAsync(Path.Combine(folder, "a.png"), BatchEndpointsTests.Picture(50), Cancel);
        await File.WriteAllBytesAsync(Path.Combine(folder, "inner", "b.png"), BatchEndpointsTests.Picture(51), Cancel);
        await File.WriteAllTextAsync(Path.Combine(folder, "readme.md"), "words", Cancel);
        string output = (await AskAsync("batch", "upload", folder, "--licence", "CC0-1.0", "--consent", "drawn", "--source", "test", "--freeze", "by-cli")).Succeeded();
        Assert.Contains("2 photos", output);
        Assert.Contains("readme.md", output);
        string id = output.Split("campaign watch ")[1].Trim();
        (await AskAsync("campaign", "watch", id)).Succeeded();
        Assert.Contains("by-cli", (await AskAsync("dataset", "list")).Succeeded());
        Assert.Equal(2, (await AskAsync("dataset", "show", "by-cli", "--json")).Json["portraits"]!.GetValue<int>());
        string batches = (await AskAsync("batch", "list")).Succeeded();
        Assert.Contains("photos", batches);
        string row = batches.Split('\n').First(line => line.Contains("\tphotos\t", StringComparison.Ordinal));
        string[] files = (await AskAsync("batch", "show", row.Split('\t')[0])).Succeeded().Split('\n');
        Assert.Contains(files, line => line.StartsWith("inner/b.png\taccepted\t", StringComparison.Ordinal));
        Assert.Contains(files, line => line.StartsWith("readme.md\trejected\t", StringComparison.Ordinal) && line.Contains("not a photo", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_broken_link_of_a_chain_is_named()
    {
        var store = Microsoft.Extensions.DependencyInjection.ServiceProviderServiceExtensions.GetRequiredService<IArtifactStore>(server.Services);
        var missing = ContentHash.Of("nowhere"u8);
        var damaged = await store.PutAsync(Encoding.UTF8.GetBytes("soon damaged too"), MediaTypes.Safetensors, Cancel);
        var manifest = await store.PutAsync(CanonicalJson.ToBytes(new JsonObject
        {
            ["version"] = 1,
            ["parent"] = null,
            ["policy"] = damaged.ToJson(),
            ["inputs"] = new JsonObject { ["dataset"] = missing.Hex },
            ["spec"] = "x",
        }), MediaTypes.Json, Cancel);
        await File.WriteAllTextAsync(Path.Combine(server.DataFolder, "artifacts", "objects", damaged.Hash.Hex[..2], damaged.Hash.Hex), "damaged", Cancel);

        var ended = await Cli.WithAsync(new() { ["PORTRAITGEN_DATA"] = server.DataFolder }, "checkpoint", "verify", manifest.Hash.Hex, "--store");
        Assert.Equal(1, ended.Code);
        Assert.Contains($"version 1, policy {damaged.Hash}: It is corrupt", ended.Error);
        Assert.Contains($"version 1, inputs.dataset {missing}: It is missing", ended.Error);
        var asked = await AskAsync("checkpoint", "verify", manifest.Hash.Hex);
        Assert.Equal(1, asked.Code);
        Assert.Contains($"version 1, policy {damaged.Hash}: It is corrupt", asked.Error);
        Assert.Contains($"version 1, inputs.dataset {missing}: It is missing", asked.Error);
    }

    [Fact]
    public async Task The_database_is_migrated_once()
    {
        string data = _folder.Sub("rows");
        Assert.NotEmpty((await Cli.RunAsync("db", "migrate", "--data", data, "--json")).Json["applied"]!.AsArray());
        Assert.Contains("up to date", (await Cli.RunAsync("db", "migrate", "--data", data)).Succeeded());
    }

    [Fact]
    public async Task The_doctor_names_what_is_missing_and_ends_with_1()
    {
        var ended = await Cli.RunAsync("doctor", "--model", _folder.Sub("no-model"), "--json");
        Assert.Equal(1, ended.Code);
        Assert.Contains(ended.Json.AsArray(), f => f!["level"]!.GetValue<string>() == "fail" && f["cure"]!.GetValue<string>().Length > 0);
    }
}

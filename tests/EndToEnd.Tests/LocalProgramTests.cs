using System.Diagnostics;
using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.EndToEnd.Tests.Processes;
using PortraitGen.Gpu.Imaging.Drawn;

namespace PortraitGen.EndToEnd.Tests;

/// <summary>The commands that run everything in their own process, as a person runs them: stopped by Ctrl-C, gone on with, and looked at afterwards.</summary>
public sealed class LocalProgramTests(MicroFixture fixture)
{
    private const int Photos = 24;
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60), Patience = TimeSpan.FromMinutes(8);

    [Fact]
    public async Task Ctrl_C_stops_the_demo_cleanly_and_the_same_command_goes_on_to_its_report()
    {
        string folder = fixture.Fresh(), output = Path.Combine(folder, "out"), results = Path.Combine(output, "data", "artifacts", "named", "results");
        string[] args = ["demo", "--portraits", Draw(folder), "--epochs", "1", "--seed", "3", "--out", output, "--json"];
        var kept = new Dictionary<string, DateTime>();
        await using (var stopped = Run("demo, stopped", args))
        {
            await UntilAsync(stopped, () => Results(results).Count >= 3);
            await stopped.InterruptAsync(Soon);
            Assert.True(stopped.ExitCode == 1, stopped.Tail());
            Assert.Contains("The same command again goes on from here", stopped.Text());
            Assert.DoesNotContain("Exception", stopped.Text());
            Assert.Empty(stopped.Output());
            foreach (string file in Results(results)) kept[file] = File.GetLastWriteTimeUtc(file);
        }

        await using var demo = Run("demo", args);
        Assert.True(await demo.ExitAsync(Patience) == 0, demo.Tail());
        Assert.All(kept, before => Assert.Equal(before.Value, File.GetLastWriteTimeUtc(before.Key)));

        var report = JsonNode.Parse(demo.Output())!;
        Assert.True(JsonNode.DeepEquals(report, JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(output, "report.json"), TestContext.Current.CancellationToken))));
        Assert.Equal(("succeeded", 1, 3), (report["campaign"]!["state"]!.GetValue<string>(), report["epochs"]!.GetValue<int>(), report["seed"]!.GetValue<int>()));
        Assert.True(report["wallSeconds"]!.GetValue<double>() > 0 && report["peakMemoryBytes"]!.GetValue<long>() > 1 << 20);
        Assert.Equal(Photos, report["portraits"]!["train"]!.GetValue<int>() + report["portraits"]!["heldOut"]!.GetValue<int>());
        Assert.Equal("broken.jpg", report["portraits"]!["leftOut"]![0]!["name"]!.GetValue<string>());
        foreach (string measure in new[] { "benchmark/ai-portrait", "benchmark/omni", "heldout/raw/featureDistance", "heldout/roundTrip/spectrumGap" })
            Assert.True(double.IsFinite(report["measures"]![measure]!["before"]!.GetValue<double>()) && double.IsFinite(report["measures"]![measure]!["after"]!.GetValue<double>()), measure);
        Assert.Equal(report["checkpointSha256"]!.GetValue<string>(), ContentHash.Of(File.ReadAllBytes(Path.Combine(output, "checkpoint", "checkpoint.json"))).Hex);
        Assert.Equal(report["policySha256"]!.GetValue<string>(), ContentHash.Of(File.ReadAllBytes(Path.Combine(output, "checkpoint", "policy.safetensors"))).Hex);
        foreach (string picture in new[] { "before-after.png", "reward-curves.png" })
            Assert.Equal([0x89, 0x50, 0x4e, 0x47], File.ReadAllBytes(Path.Combine(output, picture))[..4]);
    }

    [Fact]
    public async Task A_base_model_is_made_from_a_folder_of_photos_and_made_again_from_what_is_stored()
    {
        string folder = fixture.Fresh(), photos = Draw(folder);
        string[] models = [Path.Combine(folder, "one"), Path.Combine(folder, "two")];
        foreach (string model in models)
        {
            await using var pretrain = Run("pretrain", ["pretrain", "--portraits", photos, "--vae-steps", "2", "--steps", "2", "--work", Path.Combine(folder, "work"), "--out", model]);
            Assert.True(await pretrain.ExitAsync(Patience) == 0, pretrain.Tail());
            Assert.Contains($"{Photos} portraits; 1 files left out:", pretrain.Text());
            Assert.Contains("broken.jpg", pretrain.Text());
        }

        string[] files = [.. Directory.EnumerateFiles(models[0], "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(models[0], f)).Order(StringComparer.Ordinal)];
        Assert.Contains("model_index.json", files);
        Assert.All(files, file => Assert.Equal(File.ReadAllBytes(Path.Combine(models[0], file)), File.ReadAllBytes(Path.Combine(models[1], file))));
        await using var doctor = Run("doctor", ["doctor", "--model", models[0]]);
        Assert.True(await doctor.ExitAsync(Soon) == 0, doctor.Tail());
    }

    /// <summary>No server is waited for when an address cannot even be read.</summary>
    [Theory]
    [InlineData("PORTRAITGEN_POSTGRES", "Host=127.0.0.1;Password=x;hush;Port=5432", "in quotes", "Host=…")]
    [InlineData("PORTRAITGEN_RABBITMQ", "http://u:hush@127.0.0.1:5672/v", "no amqp:// address", "amqp://user:password@host:5672/vhost")]
    [InlineData("PORTRAITGEN_S3", "http://KEY:hush/x@127.0.0.1:9000/bucket", "percent-encoded", "http://KEY:SECRET@host:port/bucket")]
    [InlineData("PORTRAITGEN_KEEP_DAYS", "a week", "'a week'", "whole number")]
    public async Task A_setting_that_cannot_be_read_ends_the_server_with_2_and_one_line_that_has_its_name_and_form(string variable, string text, string fault, string form)
    {
        var settings = new Dictionary<string, string?> { [variable] = text, ["PORTRAITGEN_DATA"] = fixture.Fresh() };
        await using var serve = ChildProcess.Start("serve", "Api", "portraitgen", ["serve"], settings);
        Assert.Equal(2, await serve.ExitAsync(Soon));
        Assert.All([variable, fault, form], word => Assert.Contains(word, serve.Text()));
        Assert.DoesNotContain('\n', serve.Text());
        Assert.DoesNotContain("hush", serve.Text());
    }

    // Tests started in the background inherit a SIGINT that is ignored, and a program that inherits it ignores Ctrl-C, as it should.
    private static ChildProcess Run(string what, string[] args) =>
        ChildProcess.Start(what, "Api", "portraitgen", args, new Dictionary<string, string?>(), within: ["env", "--default-signal=INT"]);

    private static string Draw(string folder)
    {
        string photos = Directory.CreateDirectory(Path.Combine(folder, "photos")).FullName;
        for (int i = 0; i < Photos; i++)
        {
            File.WriteAllBytes(Path.Combine(photos, $"{i:D2}.png"), DrawnPortrait.Render((ulong)i, Look.Captured).ToPng());
            File.WriteAllText(Path.Combine(photos, $"{i:D2}.txt"), DrawnPortrait.Caption((ulong)i));
        }

        File.WriteAllText(Path.Combine(photos, "broken.jpg"), "no photo");
        return photos;
    }

    private static IReadOnlyList<string> Results(string folder) => Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)] : [];

    private static async Task UntilAsync(ChildProcess process, Func<bool> seen)
    {
        for (var watch = Stopwatch.StartNew(); !seen(); await Task.Delay(50))
        {
            Assert.False(process.HasExited, process.Tail());
            Assert.True(watch.Elapsed < Patience, process.Tail());
        }
    }
}

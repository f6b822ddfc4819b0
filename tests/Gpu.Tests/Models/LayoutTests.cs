using System.Text.Json.Nodes;
using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Models.Lora;

namespace PortraitGen.Gpu.Tests.Models;

/// <summary>Published folder layouts against the port; PORTRAITGEN_LAYOUTS names a folder of others.</summary>
public sealed class LayoutTests : IDisposable
{
    private static readonly string Folder = Environment.GetEnvironmentVariable("PORTRAITGEN_LAYOUTS") is { Length: > 0 } other
        ? other
        : Path.Combine(AppContext.BaseDirectory, "Layouts");
    private readonly string _copy = Directory.CreateTempSubdirectory("layout").FullName;

    public static TheoryData<string> Layouts => [.. Directory.EnumerateDirectories(Folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    public void Dispose() => Directory.Delete(_copy, recursive: true);

    [Theory, MemberData(nameof(Layouts))]
    public void Every_weight_name_of_an_index_is_claimed_none_is_left_over_and_the_bytes_add_up(string layout)
    {
        long before = TorchSharp.DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        foreach (var part in DiffusersFolder.Open(Path.Combine(Folder, layout)).Parts())
        {
            long numbers = part.Shapes().Sum(tensor => tensor.Shape.Aggregate(1L, (product, size) => product * size));
            bool indexed = part.Check();
            TestContext.Current.TestOutputHelper?.WriteLine($"{layout}/{part.Component}: {part.ClassName}, {numbers:N0} numbers, {(indexed ? "agrees with its index" : "no index here")}");
            foreach (string index in Directory.EnumerateFiles(Path.Combine(Folder, layout, part.Component), "*.index*.json"))
            {
                long bytes = JsonNode.Parse(File.ReadAllText(index))!["metadata"]!["total_size"]!.GetValue<long>();
                // The index tells no shapes, but the sum of all of them, in the bytes of one of the published types.
                Assert.Contains(bytes, new[] { numbers * 2, numbers * 4 });
                Assert.True(indexed);
            }
        }

        Assert.Equal(before, TorchSharp.DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void A_missing_and_a_strange_name_of_an_index_are_both_named()
    {
        CopyLayout("FLUX.1-schnell");
        string index = Path.Combine(_copy, "transformer", "diffusion_pytorch_model.safetensors.index.json");
        var json = JsonNode.Parse(File.ReadAllText(index))!;
        var map = (JsonObject)json["weight_map"]!;
        map.Remove("single_transformer_blocks.37.proj_mlp.bias");
        map["transformer_blocks.19.attn.to_q.weight"] = "x.safetensors";
        File.WriteAllText(index, json.ToJsonString());

        string message = Assert.Throws<WeightsException>(() => DiffusersFolder.Open(_copy).Parts().Single(part => part.Component == "transformer").Check()).Message;
        Assert.Contains("missing (1): single_transformer_blocks.37.proj_mlp.bias", message, StringComparison.Ordinal);
        Assert.Contains("extra (1): transformer_blocks.19.attn.to_q.weight", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_depth_in_the_config_is_noticed_by_the_names()
    {
        CopyLayout("FLUX.1-schnell");
        string config = Path.Combine(_copy, "transformer", "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"num_layers\": 19", "\"num_layers\": 18", StringComparison.Ordinal));
        Assert.Contains("extra (32): transformer_blocks.18.", Assert.Throws<WeightsException>(() => DiffusersFolder.Open(_copy).Parts().Single(part => part.Component == "transformer").Check()).Message, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Layouts))]
    public void Each_adapter_sits_on_a_layer_of_the_published_model(string layout)
    {
        var part = DiffusersFolder.Open(Path.Combine(Folder, layout)).Parts().Single(part => part.Component == "transformer");
        var shapes = part.Shapes().ToDictionary(tensor => tensor.Name, tensor => tensor.Shape);
        string[] targets = [.. LoraTargets.Attention, .. LoraTargets.FeedForward];
        string[] adapted = [.. shapes.Keys.Where(name => name.EndsWith(".weight", StringComparison.Ordinal)).Select(name => name[..^".weight".Length]).Where(path => LoraTargets.Match(path, targets))];
        Assert.NotEmpty(adapted);
        Assert.All(adapted, path => Assert.Equal(2, shapes[path + ".weight"].Length));
        // Every kind of target is there: a name that matches nothing would train less than asked, in silence.
        Assert.All(targets, target => Assert.Contains(adapted, path => LoraTargets.Match(path, [target])));
    }

    private void CopyLayout(string layout)
    {
        string from = Path.Combine(AppContext.BaseDirectory, "Layouts", layout);
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string to = Path.Combine(_copy, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to);
        }
    }
}

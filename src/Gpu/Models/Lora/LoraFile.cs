using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.Lora;

/// <summary>One layer's adapter as a file holds it.</summary>
/// <param name="A">[rank, in].</param>
/// <param name="B">[out, rank].</param>
/// <param name="Alpha">The addition is scaled by alpha / rank.</param>
internal sealed record LoraLayer(Tensor A, Tensor B, double Alpha);

/// <summary>
/// Reads adapters in the forms that are in use: diffusers' (<c>transformer.PATH.lora_A.weight</c>), PEFT's own (<c>base_model.model.PATH.lora_A.default.weight</c>),
/// and either with a scalar <c>PATH.alpha</c>. Without one, alpha is that of the header (<c>lora_adapter_metadata</c>), else the rank.
/// </summary>
internal static class LoraFile
{
    private const string MetadataKey = "lora_adapter_metadata", Alpha = ".alpha";
    private static readonly string[] Prefixes = ["transformer.", "base_model.model."];
    private static readonly string[] SuffixesA = [".lora_A.weight", ".lora_A.default.weight"], SuffixesB = [".lora_B.weight", ".lora_B.default.weight"];

    /// <summary>The layers by module path.</summary>
    /// <param name="state">Tensors by name.</param>
    /// <param name="metadata">The file's header text.</param>
    /// <exception cref="WeightsException">A name is in no known form, or a layer lacks one of its two matrices.</exception>
    public static SortedDictionary<string, LoraLayer> Parse(IReadOnlyDictionary<string, Tensor> state, IReadOnlyDictionary<string, string> metadata)
    {
        var (a, b, alphas) = (Named(), Named(), Named());
        List<string> strange = [];
        foreach (var (name, value) in state)
        {
            string path = Strip(name);
            if (path != name && Cut(path, SuffixesA) is { } layerA) a[layerA] = value;
            else if (path != name && Cut(path, SuffixesB) is { } layerB) b[layerB] = value;
            else if (path != name && Cut(path, [Alpha]) is { } scaled && value.numel() == 1) alphas[scaled] = value;
            else strange.Add(name);
        }

        if (strange.Count > 0) throw new WeightsException($"The LoRA file holds {strange.Count} of {state.Count} tensors that are no adapter of a transformer, first '{strange.Min(StringComparer.Ordinal)}'; expected PEFT names such as transformer.transformer_blocks.0.attn.to_q{SuffixesA[0]}.");
        string[] torn = [.. a.Keys.Except(b.Keys).Concat(b.Keys.Except(a.Keys)).Concat(alphas.Keys.Except(a.Keys)).Order(StringComparer.Ordinal)];
        if (torn.Length > 0) throw new WeightsException($"The LoRA file has {torn.Length} layers without both lora_A and lora_B, first '{torn[0]}'; it is incomplete.");
        if (a.Count == 0) throw new WeightsException("The LoRA file holds no adapter.");
        var header = Header(metadata);
        var layers = new SortedDictionary<string, LoraLayer>(StringComparer.Ordinal);
        foreach (var (path, down) in a)
        {
            double alpha = alphas.TryGetValue(path, out var own) ? own.to(ScalarType.Float64).item<double>() : HeaderAlpha(header, path) ?? down.shape[0];
            if (!double.IsFinite(alpha)) throw new WeightsException($"LoRA layer '{path}' has alpha {alpha.ToString(CultureInfo.InvariantCulture)}; it must be a finite number.");
            layers.Add(path, new LoraLayer(down, b[path], alpha));
        }

        return layers;
    }

    /// <summary>Refuses adapters of another base: counts what does not fit and names the first.</summary>
    /// <exception cref="WeightsException">A layer is unknown to the model, or of another size.</exception>
    public static void RequireFit(SortedDictionary<string, LoraLayer> layers, IReadOnlyDictionary<string, Layers.Linear> linears)
    {
        List<string> unknown = [], misshapen = [];
        foreach (var (path, (a, b, _)) in layers)
        {
            if (!linears.TryGetValue(path, out var linear)) unknown.Add($"'{path}' is no linear layer of this model");
            else if (a.ndim != 2 || b.ndim != 2 || a.shape[0] != b.shape[1] || a.shape[1] != linear.Inputs || b.shape[0] != linear.Outputs)
                misshapen.Add($"'{path}' has A [{string.Join(", ", a.shape)}] and B [{string.Join(", ", b.shape)}], but the layer is {linear.Inputs} -> {linear.Outputs}");
        }

        if (unknown.Count + misshapen.Count > 0)
            throw new WeightsException($"The LoRA was made for another base: of {layers.Count} layers {unknown.Count} are unknown here and {misshapen.Count} have another size; first, {unknown.Concat(misshapen).First()}.");
    }

    /// <summary>Header text that carries what names and shapes do not: diffusers reads it back.</summary>
    public static IReadOnlyDictionary<string, string> Metadata(IReadOnlyList<(string Path, long Rank, double Alpha)> layers)
    {
        var (rank, alpha) = (layers[0].Rank, layers[0].Alpha);
        var header = new JsonObject
        {
            ["transformer.lora_alpha"] = alpha,
            ["transformer.r"] = rank,
            ["transformer.target_modules"] = new JsonArray([.. layers.Select(layer => (JsonNode)layer.Path)]),
        };
        if (layers.Any(layer => layer.Alpha != alpha))
            header["transformer.alpha_pattern"] = new JsonObject(layers.Where(layer => layer.Alpha != alpha).Select(layer => KeyValuePair.Create(layer.Path, (JsonNode?)layer.Alpha)));
        if (layers.Any(layer => layer.Rank != rank))
            header["transformer.rank_pattern"] = new JsonObject(layers.Where(layer => layer.Rank != rank).Select(layer => KeyValuePair.Create(layer.Path, (JsonNode?)layer.Rank)));
        return new Dictionary<string, string>(StringComparer.Ordinal) { ["format"] = "pt", [MetadataKey] = header.ToJsonString() };
    }

    private static JsonObject? Header(IReadOnlyDictionary<string, string> metadata)
    {
        if (!metadata.TryGetValue(MetadataKey, out string? text)) return null;
        try
        {
            return JsonNode.Parse(text) as JsonObject ?? throw new WeightsException($"The LoRA file's {MetadataKey} is no JSON object.");
        }
        catch (JsonException error)
        {
            throw new WeightsException($"The LoRA file's {MetadataKey} is no valid JSON: {error.Message}");
        }
    }

    private static double? HeaderAlpha(JsonObject? header, string path) =>
        Number((header?["transformer.alpha_pattern"] as JsonObject)?[path]) ?? Number(header?["transformer.lora_alpha"]);

    private static double? Number(JsonNode? node) => node is JsonValue value && value.TryGetValue(out double number) ? number : null;

    private static Dictionary<string, Tensor> Named() => new(StringComparer.Ordinal);

    private static string Strip(string name) => Prefixes.FirstOrDefault(prefix => name.StartsWith(prefix, StringComparison.Ordinal)) is { } prefix ? name[prefix.Length..] : name;

    private static string? Cut(string name, string[] suffixes) => suffixes.FirstOrDefault(suffix => name.EndsWith(suffix, StringComparison.Ordinal)) is { } suffix ? name[..^suffix.Length] : null;
}

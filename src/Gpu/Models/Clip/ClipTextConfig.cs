using System.Text.Json.Nodes;

namespace PortraitGen.Gpu.Models.Clip;

/// <summary>The shape of a CLIP text encoder, with transformers' defaults (CLIP-L's small sibling).</summary>
public sealed record ClipTextConfig
{
    public const string ModelType = "clip_text_model";
    internal const string Projecting = "CLIPTextModelWithProjection", Plain = "CLIPTextModel";

    public int VocabSize { get; init; } = 49408;
    public int HiddenSize { get; init; } = 512;
    public int IntermediateSize { get; init; } = 2048;
    public int NumHiddenLayers { get; init; } = 12;
    public int NumAttentionHeads { get; init; } = 8;
    public int MaxPositionEmbeddings { get; init; } = 77;
    /// <summary>"quick_gelu" or "gelu".</summary>
    public string HiddenAct { get; init; } = "quick_gelu";
    public double LayerNormEps { get; init; } = 1e-5;
    /// <summary>Where the pooled state is read. The historical value 2 means: at the largest id.</summary>
    public int EosTokenId { get; init; } = 49407;
    public int ProjectionDim { get; init; } = 512;
    /// <summary>Has a text projection (SD3's encoders do, FLUX's does not).</summary>
    public bool WithProjection { get; init; } = true;

    /// <summary>Reads config.json.</summary>
    /// <exception cref="ModelConfigException">Another architecture, or an impossible value.</exception>
    public static ClipTextConfig Parse(string json, string label = "config.json")
    {
        var read = ConfigJson.Parse(json, label);
        string type = read.Text("model_type", ModelType), architecture = read.Texts("architectures", [Projecting]) is [var named, ..] ? named : Projecting;
        if (type != ModelType) throw read.Bad("model_type", $"'{type}' is not supported here; expected {ModelType}");
        if (architecture is not (Projecting or Plain)) throw read.Bad("architectures", $"'{architecture}' is not supported; known are {Projecting} and {Plain}");
        var fallback = new ClipTextConfig();
        var config = new ClipTextConfig
        {
            VocabSize = read.Int("vocab_size", fallback.VocabSize, most: 1 << 24),
            HiddenSize = read.Int("hidden_size", fallback.HiddenSize, most: 65536),
            IntermediateSize = read.Int("intermediate_size", fallback.IntermediateSize, most: 1 << 20),
            NumHiddenLayers = read.Int("num_hidden_layers", fallback.NumHiddenLayers, least: 2, most: 1024),
            NumAttentionHeads = read.Int("num_attention_heads", fallback.NumAttentionHeads, most: 1024),
            MaxPositionEmbeddings = read.Int("max_position_embeddings", fallback.MaxPositionEmbeddings, most: 4096),
            HiddenAct = read.Text("hidden_act", fallback.HiddenAct),
            LayerNormEps = read.Number("layer_norm_eps", fallback.LayerNormEps, 0, 1),
            EosTokenId = read.Int("eos_token_id", fallback.EosTokenId, least: 0, most: 1 << 24),
            ProjectionDim = read.Int("projection_dim", fallback.ProjectionDim, most: 65536),
            WithProjection = architecture == Projecting,
        };
        if (config.HiddenAct is not ("quick_gelu" or "gelu")) throw read.Bad("hidden_act", $"'{config.HiddenAct}' is not supported; known are quick_gelu and gelu");
        if (config.HiddenSize % config.NumAttentionHeads != 0)
            throw read.Bad("num_attention_heads", $"is {config.NumAttentionHeads}, which does not divide hidden_size {config.HiddenSize}");
        return config;
    }

    /// <summary>The config as config.json.</summary>
    public string ToJson() => new JsonObject
    {
        ["architectures"] = new JsonArray(WithProjection ? Projecting : Plain),
        ["eos_token_id"] = EosTokenId,
        ["hidden_act"] = HiddenAct,
        ["hidden_size"] = HiddenSize,
        ["intermediate_size"] = IntermediateSize,
        ["layer_norm_eps"] = LayerNormEps,
        ["max_position_embeddings"] = MaxPositionEmbeddings,
        ["model_type"] = ModelType,
        ["num_attention_heads"] = NumAttentionHeads,
        ["num_hidden_layers"] = NumHiddenLayers,
        ["projection_dim"] = ProjectionDim,
        ["vocab_size"] = VocabSize,
    }.ToJsonString(ConfigFormat.Indented);
}

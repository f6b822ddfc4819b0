using System.Text.Json.Nodes;

namespace PortraitGen.Gpu.Models.T5;

/// <summary>The shape of a T5 (v1.1) encoder, with transformers' defaults.</summary>
public sealed record T5Config
{
    public const string ClassName = "T5EncoderModel", ModelType = "t5";

    public int VocabSize { get; init; } = 32128;
    /// <summary>Width of the stream.</summary>
    public int DModel { get; init; } = 512;
    /// <summary>Features of one head; heads x this need not be the width.</summary>
    public int DKv { get; init; } = 64;
    public int DFf { get; init; } = 2048;
    public int NumLayers { get; init; } = 6;
    public int NumHeads { get; init; } = 8;
    public int RelativeAttentionNumBuckets { get; init; } = 32;
    public int RelativeAttentionMaxDistance { get; init; } = 128;
    public double LayerNormEpsilon { get; init; } = 1e-6;

    /// <summary>Reads config.json.</summary>
    /// <exception cref="ModelConfigException">Another architecture, or an impossible value.</exception>
    public static T5Config Parse(string json, string label = "config.json")
    {
        var read = ConfigJson.Parse(json, label);
        string type = read.Text("model_type", ModelType);
        if (type != ModelType) throw read.Bad("model_type", $"'{type}' is not supported here; expected {ModelType}");
        string activation = read.Text("dense_act_fn", "gelu_new");
        // Only v1.1's form: T5 of 2019 has one plain relu instead. FLUX's config leaves feed_forward_proj out.
        if (!read.Flag("is_gated_act", true) || activation is not ("gelu_new" or "gelu_pytorch_tanh") || read.Text("feed_forward_proj", "gated-gelu") != "gated-gelu")
            throw read.Bad("feed_forward_proj", "must be gated-gelu (T5 v1.1)");
        var fallback = new T5Config();
        var config = new T5Config
        {
            VocabSize = read.Int("vocab_size", fallback.VocabSize, most: 1 << 24),
            DModel = read.Int("d_model", fallback.DModel, most: 65536),
            DKv = read.Int("d_kv", fallback.DKv, most: 65536),
            DFf = read.Int("d_ff", fallback.DFf),
            NumLayers = read.Int("num_layers", fallback.NumLayers, most: 1024),
            NumHeads = read.Int("num_heads", fallback.NumHeads, most: 1024),
            RelativeAttentionNumBuckets = read.Int("relative_attention_num_buckets", fallback.RelativeAttentionNumBuckets, least: 4, most: 4096),
            RelativeAttentionMaxDistance = read.Int("relative_attention_max_distance", fallback.RelativeAttentionMaxDistance, least: 2),
            LayerNormEpsilon = read.Number("layer_norm_epsilon", fallback.LayerNormEpsilon, 0, 1),
        };
        if (config.RelativeAttentionNumBuckets % 4 != 0 || config.RelativeAttentionMaxDistance <= config.RelativeAttentionNumBuckets / 4)
            throw read.Bad("relative_attention_num_buckets", "must be a multiple of 4, and less than four times relative_attention_max_distance");
        return config;
    }

    /// <summary>The config as config.json.</summary>
    public string ToJson() => new JsonObject
    {
        ["architectures"] = new JsonArray(ClassName),
        ["d_ff"] = DFf,
        ["d_kv"] = DKv,
        ["d_model"] = DModel,
        ["dense_act_fn"] = "gelu_new",
        ["feed_forward_proj"] = "gated-gelu",
        ["is_gated_act"] = true,
        ["layer_norm_epsilon"] = LayerNormEpsilon,
        ["model_type"] = ModelType,
        ["num_heads"] = NumHeads,
        ["num_layers"] = NumLayers,
        ["relative_attention_max_distance"] = RelativeAttentionMaxDistance,
        ["relative_attention_num_buckets"] = RelativeAttentionNumBuckets,
        ["vocab_size"] = VocabSize,
    }.ToJsonString(ConfigFormat.Indented);
}

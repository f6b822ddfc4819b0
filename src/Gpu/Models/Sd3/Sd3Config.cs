using System.Text.Json.Nodes;

namespace PortraitGen.Gpu.Models.Sd3;

/// <summary>The shape of an SD3-class transformer, with diffusers' defaults (SD3-medium).</summary>
public sealed record Sd3Config
{
    public const string ClassName = "SD3Transformer2DModel";

    /// <summary>Latent height and width it was made for; fixes the scale of the position code.</summary>
    public int SampleSize { get; init; } = 128;
    public int PatchSize { get; init; } = 2;
    public int InChannels { get; init; } = 16;
    public int NumLayers { get; init; } = 18;
    public int AttentionHeadDim { get; init; } = 64;
    public int NumAttentionHeads { get; init; } = 18;
    /// <summary>Features of each text token.</summary>
    public int JointAttentionDim { get; init; } = 4096;
    public int CaptionProjectionDim { get; init; } = 1152;
    public int PooledProjectionDim { get; init; } = 2048;
    public int OutChannels { get; init; } = 16;
    /// <summary>Side of the square of position codes, in patches.</summary>
    public int PosEmbedMaxSize { get; init; } = 96;
    /// <summary>Blocks with a second, image-only attention (SD3.5-medium).</summary>
    public IReadOnlyList<int> DualAttentionLayers { get; init; } = [];
    /// <summary>"rms_norm" (SD3.5) or null.</summary>
    public string? QkNorm { get; init; }

    /// <summary>Width of the stream.</summary>
    public int InnerDim => AttentionHeadDim * NumAttentionHeads;

    /// <summary>Reads config.json.</summary>
    /// <exception cref="ModelConfigException">Another class, a missing key, or an impossible value.</exception>
    public static Sd3Config Parse(string json, string label = "config.json")
    {
        var read = ConfigJson.Parse(json, label);
        read.RequireClass(ClassName);
        var fallback = new Sd3Config();
        int layers = read.Int("num_layers", fallback.NumLayers, most: 1024), channels = read.Int("in_channels", fallback.InChannels, most: 1024);
        var config = new Sd3Config
        {
            SampleSize = read.Int("sample_size", fallback.SampleSize, most: 4096),
            PatchSize = read.Int("patch_size", fallback.PatchSize, most: 64),
            InChannels = channels,
            NumLayers = layers,
            AttentionHeadDim = read.Int("attention_head_dim", fallback.AttentionHeadDim, most: 1024),
            NumAttentionHeads = read.Int("num_attention_heads", fallback.NumAttentionHeads, most: 1024),
            JointAttentionDim = read.Int("joint_attention_dim", fallback.JointAttentionDim, most: 65536),
            CaptionProjectionDim = read.Int("caption_projection_dim", fallback.CaptionProjectionDim, most: 65536),
            PooledProjectionDim = read.Int("pooled_projection_dim", fallback.PooledProjectionDim, most: 65536),
            OutChannels = read.Int("out_channels", channels, most: 1024),
            PosEmbedMaxSize = read.Int("pos_embed_max_size", fallback.PosEmbedMaxSize, most: 4096),
            DualAttentionLayers = read.Ints("dual_attention_layers", [], 0, layers - 1),
            QkNorm = read.Has("qk_norm") ? read.Text("qk_norm", "") : null,
        };
        if (config.QkNorm is not (null or "rms_norm")) throw read.Bad("qk_norm", $"'{config.QkNorm}' is not supported; known are null and \"rms_norm\"");
        if (config.CaptionProjectionDim != config.InnerDim)
            throw read.Bad("caption_projection_dim", $"is {config.CaptionProjectionDim}, but heads x head size is {config.InnerDim}; they must be equal");
        if (config.InnerDim % 4 != 0) throw read.Bad("attention_head_dim", $"x num_attention_heads is {config.InnerDim}; the position code needs a multiple of 4");
        if (config.SampleSize / config.PatchSize is var side && (side < 1 || side > config.PosEmbedMaxSize))
            throw read.Bad("pos_embed_max_size", $"is {config.PosEmbedMaxSize}, but sample_size / patch_size is {side}");
        return config;
    }

    /// <summary>The config as config.json.</summary>
    public string ToJson() => new JsonObject
    {
        ["_class_name"] = ClassName,
        ["attention_head_dim"] = AttentionHeadDim,
        ["caption_projection_dim"] = CaptionProjectionDim,
        ["dual_attention_layers"] = new JsonArray([.. DualAttentionLayers.Select(layer => (JsonNode)layer)]),
        ["in_channels"] = InChannels,
        ["joint_attention_dim"] = JointAttentionDim,
        ["num_attention_heads"] = NumAttentionHeads,
        ["num_layers"] = NumLayers,
        ["out_channels"] = OutChannels,
        ["patch_size"] = PatchSize,
        ["pooled_projection_dim"] = PooledProjectionDim,
        ["pos_embed_max_size"] = PosEmbedMaxSize,
        ["qk_norm"] = QkNorm,
        ["sample_size"] = SampleSize,
    }.ToJsonString(ConfigFormat.Indented);
}

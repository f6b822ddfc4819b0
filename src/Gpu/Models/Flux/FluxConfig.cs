using System.Text.Json.Nodes;

namespace PortraitGen.Gpu.Models.Flux;

/// <summary>The shape of a FLUX transformer, with diffusers' defaults (FLUX.1-schnell; dev has <see cref="GuidanceEmbeds"/>).</summary>
public sealed record FluxConfig
{
    public const string ClassName = "FluxTransformer2DModel";

    /// <summary>Features of a packed image token: four times the latent's channels.</summary>
    public int InChannels { get; init; } = 64;
    /// <summary>Blocks with a stream each for image and text.</summary>
    public int NumLayers { get; init; } = 19;
    /// <summary>Blocks with one stream for both.</summary>
    public int NumSingleLayers { get; init; } = 38;
    public int AttentionHeadDim { get; init; } = 128;
    public int NumAttentionHeads { get; init; } = 24;
    /// <summary>Features of each text token.</summary>
    public int JointAttentionDim { get; init; } = 4096;
    public int PooledProjectionDim { get; init; } = 768;
    /// <summary>Is told the guidance it was distilled for (dev), or not (schnell).</summary>
    public bool GuidanceEmbeds { get; init; }
    /// <summary>Features of a head that turn with each of the three position axes; their sum is the head's size.</summary>
    public IReadOnlyList<int> AxesDimsRope { get; init; } = [16, 56, 56];

    /// <summary>Width of the stream.</summary>
    public int InnerDim => AttentionHeadDim * NumAttentionHeads;

    /// <summary>Reads config.json.</summary>
    /// <exception cref="ModelConfigException">Another class, or an impossible value.</exception>
    public static FluxConfig Parse(string json, string label = "config.json")
    {
        var read = ConfigJson.Parse(json, label);
        read.RequireClass(ClassName);
        var fallback = new FluxConfig();
        var config = new FluxConfig
        {
            InChannels = read.Int("in_channels", fallback.InChannels, most: 4096),
            NumLayers = read.Int("num_layers", fallback.NumLayers, least: 0, most: 1024),
            NumSingleLayers = read.Int("num_single_layers", fallback.NumSingleLayers, least: 0, most: 1024),
            AttentionHeadDim = read.Int("attention_head_dim", fallback.AttentionHeadDim, most: 1024),
            NumAttentionHeads = read.Int("num_attention_heads", fallback.NumAttentionHeads, most: 1024),
            JointAttentionDim = read.Int("joint_attention_dim", fallback.JointAttentionDim, most: 65536),
            PooledProjectionDim = read.Int("pooled_projection_dim", fallback.PooledProjectionDim, most: 65536),
            GuidanceEmbeds = read.Flag("guidance_embeds", false),
            AxesDimsRope = read.Ints("axes_dims_rope", fallback.AxesDimsRope, 2, 1024),
        };
        if (read.Int("patch_size", 1, most: 64) != 1) throw read.Bad("patch_size", "must be 1: FLUX packs its patches before the transformer");
        if (read.Int("out_channels", config.InChannels, most: 4096) != config.InChannels) throw read.Bad("out_channels", $"must equal in_channels, {config.InChannels}");
        if (config.InChannels % 4 != 0) throw read.Bad("in_channels", $"is {config.InChannels}; a packed token holds 2x2 latent positions, so it must be a multiple of 4");
        if (config.AxesDimsRope.Count != 3 || config.AxesDimsRope.Any(axis => axis % 2 != 0) || config.AxesDimsRope.Sum() != config.AttentionHeadDim)
            throw read.Bad("axes_dims_rope", $"must hold three even numbers that add up to attention_head_dim, {config.AttentionHeadDim}");
        return config;
    }

    /// <summary>The config as config.json.</summary>
    public string ToJson() => new JsonObject
    {
        ["_class_name"] = ClassName,
        ["attention_head_dim"] = AttentionHeadDim,
        ["axes_dims_rope"] = new JsonArray([.. AxesDimsRope.Select(axis => (JsonNode)axis)]),
        ["guidance_embeds"] = GuidanceEmbeds,
        ["in_channels"] = InChannels,
        ["joint_attention_dim"] = JointAttentionDim,
        ["num_attention_heads"] = NumAttentionHeads,
        ["num_layers"] = NumLayers,
        ["num_single_layers"] = NumSingleLayers,
        ["patch_size"] = 1,
        ["pooled_projection_dim"] = PooledProjectionDim,
    }.ToJsonString(ConfigFormat.Indented);
}

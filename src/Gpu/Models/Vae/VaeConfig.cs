using System.Text.Json.Nodes;

namespace PortraitGen.Gpu.Models.Vae;

/// <summary>The shape of an AutoencoderKL, with diffusers' defaults.</summary>
public sealed record VaeConfig
{
    public const string ClassName = "AutoencoderKL";

    public int InChannels { get; init; } = 3;
    public int OutChannels { get; init; } = 3;
    public int LatentChannels { get; init; } = 4;
    /// <summary>Channels per level; each level but the last halves the side.</summary>
    public IReadOnlyList<int> BlockOutChannels { get; init; } = [64];
    public int LayersPerBlock { get; init; } = 1;
    public int NormNumGroups { get; init; } = 32;
    public bool UseQuantConv { get; init; } = true;
    public bool UsePostQuantConv { get; init; } = true;
    public bool MidBlockAddAttention { get; init; } = true;
    /// <summary>Brings latents to unit variance.</summary>
    public double ScalingFactor { get; init; } = 0.18215;
    /// <summary>Subtracted before scaling.</summary>
    public double ShiftFactor { get; init; }
    /// <summary>Image side it was made for; documentation only.</summary>
    public int SampleSize { get; init; } = 32;

    /// <summary>Image side over latent side.</summary>
    public int Downscale => 1 << (BlockOutChannels.Count - 1);

    /// <summary>Reads config.json.</summary>
    /// <exception cref="ModelConfigException">Another class, or an impossible value.</exception>
    public static VaeConfig Parse(string json, string label = "config.json")
    {
        var read = ConfigJson.Parse(json, label);
        read.RequireClass(ClassName);
        var fallback = new VaeConfig();
        var config = new VaeConfig
        {
            InChannels = read.Int("in_channels", 3, most: 64),
            OutChannels = read.Int("out_channels", 3, most: 64),
            LatentChannels = read.Int("latent_channels", 4, most: 1024),
            BlockOutChannels = read.Ints("block_out_channels", fallback.BlockOutChannels, 1, 16384),
            LayersPerBlock = read.Int("layers_per_block", 1, most: 64),
            NormNumGroups = read.Int("norm_num_groups", 32, most: 1024),
            UseQuantConv = read.Flag("use_quant_conv", true),
            UsePostQuantConv = read.Flag("use_post_quant_conv", true),
            MidBlockAddAttention = read.Flag("mid_block_add_attention", true),
            ScalingFactor = read.Number("scaling_factor", fallback.ScalingFactor, 1e-6, 1e6),
            ShiftFactor = read.Number("shift_factor", 0, -1e6, 1e6),
            SampleSize = read.Int("sample_size", 32, most: 65536),
        };
        if (config.BlockOutChannels.Count is 0 or > 10) throw read.Bad("block_out_channels", "must hold 1 to 10 numbers");
        foreach (int channels in config.BlockOutChannels)
            if (channels % config.NormNumGroups != 0) throw read.Bad("norm_num_groups", $"is {config.NormNumGroups}, which does not divide {channels} channels");
        if (read.Text("act_fn", "silu") != "silu") throw read.Bad("act_fn", "must be silu");
        RequireBlocks("down_block_types", "DownEncoderBlock2D");
        RequireBlocks("up_block_types", "UpDecoderBlock2D");
        return config;

        void RequireBlocks(string key, string block)
        {
            var types = read.Texts(key, [.. Enumerable.Repeat(block, config.BlockOutChannels.Count)]);
            if (types.Count != config.BlockOutChannels.Count || types.Any(type => type != block))
                throw read.Bad(key, $"must be {block} once per entry of block_out_channels");
        }
    }

    /// <summary>The config as config.json.</summary>
    public string ToJson() => new JsonObject
    {
        ["_class_name"] = ClassName,
        ["act_fn"] = "silu",
        ["block_out_channels"] = new JsonArray([.. BlockOutChannels.Select(channels => (JsonNode)channels)]),
        ["down_block_types"] = new JsonArray([.. BlockOutChannels.Select(_ => (JsonNode)"DownEncoderBlock2D")]),
        ["in_channels"] = InChannels,
        ["latent_channels"] = LatentChannels,
        ["layers_per_block"] = LayersPerBlock,
        ["mid_block_add_attention"] = MidBlockAddAttention,
        ["norm_num_groups"] = NormNumGroups,
        ["out_channels"] = OutChannels,
        ["sample_size"] = SampleSize,
        ["scaling_factor"] = ScalingFactor,
        ["shift_factor"] = ShiftFactor,
        ["up_block_types"] = new JsonArray([.. BlockOutChannels.Select(_ => (JsonNode)"UpDecoderBlock2D")]),
        ["use_post_quant_conv"] = UsePostQuantConv,
        ["use_quant_conv"] = UseQuantConv,
    }.ToJsonString(ConfigFormat.Indented);
}

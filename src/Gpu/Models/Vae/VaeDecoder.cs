using PortraitGen.Gpu.Models.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.Vae;

/// <summary>Latent to image: [B, C, h, w] to [B, 3, H, W].</summary>
internal sealed class VaeDecoder
{
    private readonly Conv2d _in, _out;
    private readonly MidBlock _mid;
    private readonly List<(ResidualBlock[] Blocks, Conv2d? Up)> _levels = [];
    private readonly GroupNorm _norm;

    public VaeDecoder(Weights weights, VaeConfig config)
    {
        int[] channels = [.. config.BlockOutChannels.Reverse()];
        _in = new(weights, "decoder.conv_in", config.LatentChannels, channels[0], 3, padding: 1);
        _mid = new(weights, "decoder.mid_block", config, channels[0]);
        for (int level = 0; level < channels.Length; level++)
        {
            string path = $"decoder.up_blocks.{level}";
            int inputs = channels[Math.Max(0, level - 1)], outputs = channels[level];
            var blocks = Enumerable.Range(0, config.LayersPerBlock + 1)
                .Select(i => new ResidualBlock(weights, $"{path}.resnets.{i}", config, i == 0 ? inputs : outputs, outputs))
                .ToArray();
            bool last = level == channels.Length - 1;
            _levels.Add((blocks, last ? null : new Conv2d(weights, path + ".upsamplers.0.conv", outputs, outputs, 3, padding: 1)));
        }

        _norm = new(weights, "decoder.conv_norm_out", config.NormNumGroups, channels[^1], 1e-6);
        _out = new(weights, "decoder.conv_out", channels[^1], config.OutChannels, 3, padding: 1);
    }

    public Tensor Forward(Tensor latent)
    {
        var x = _mid.Forward(_in.Forward(latent));
        foreach (var (blocks, up) in _levels)
        {
            foreach (var block in blocks) x = block.Forward(x);
            if (up is not null) x = up.Forward(nn.functional.interpolate(x, scale_factor: [2, 2], mode: InterpolationMode.Nearest));
        }

        return _out.Forward(nn.functional.silu(_norm.Forward(x)));
    }
}

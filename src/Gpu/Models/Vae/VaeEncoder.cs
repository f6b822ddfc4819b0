using PortraitGen.Gpu.Models.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.Vae;

/// <summary>Image to moments: [B, 3, H, W] to [B, 2C, h, w].</summary>
internal sealed class VaeEncoder
{
    private readonly Conv2d _in, _out;
    private readonly List<(ResidualBlock[] Blocks, Conv2d? Down)> _levels = [];
    private readonly MidBlock _mid;
    private readonly GroupNorm _norm;

    public VaeEncoder(Weights weights, VaeConfig config)
    {
        var channels = config.BlockOutChannels;
        _in = new(weights, "encoder.conv_in", config.InChannels, channels[0], 3, padding: 1);
        for (int level = 0; level < channels.Count; level++)
        {
            string path = $"encoder.down_blocks.{level}";
            int inputs = channels[Math.Max(0, level - 1)], outputs = channels[level];
            var blocks = Enumerable.Range(0, config.LayersPerBlock)
                .Select(i => new ResidualBlock(weights, $"{path}.resnets.{i}", config, i == 0 ? inputs : outputs, outputs))
                .ToArray();
            bool last = level == channels.Count - 1;
            _levels.Add((blocks, last ? null : new Conv2d(weights, path + ".downsamplers.0.conv", outputs, outputs, 3, stride: 2)));
        }

        _mid = new(weights, "encoder.mid_block", config, channels[^1]);
        _norm = new(weights, "encoder.conv_norm_out", config.NormNumGroups, channels[^1], 1e-6);
        _out = new(weights, "encoder.conv_out", channels[^1], 2L * config.LatentChannels, 3, padding: 1);
    }

    public Tensor Forward(Tensor image)
    {
        var x = _in.Forward(image);
        foreach (var (blocks, down) in _levels)
        {
            foreach (var block in blocks) x = block.Forward(x);
            if (down is not null) x = down.Forward(nn.functional.pad(x, (0L, 1L, 0L, 1L))); // right and bottom only, as in the original
        }

        return _out.Forward(nn.functional.silu(_norm.Forward(_mid.Forward(x))));
    }
}

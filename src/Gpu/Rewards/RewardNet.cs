using PortraitGen.Domain.Rewards;
using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Models.Layers;
using PortraitGen.Gpu.Tensors;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;
using Linear = PortraitGen.Gpu.Models.Layers.Linear;

namespace PortraitGen.Gpu.Rewards;

/// <summary>A small convolutional judge of portraits: a score, and which flaw it sees.</summary>
/// <remarks>Sees RGB and its high-pass residual (pixel minus neighbourhood): artefacts of generators live in the residual (NPR, algorithm after Tan et al. 2024).
/// Pools mean and spread, so that texture counts and place does not.</remarks>
public sealed class RewardNet : IDisposable
{
    private static readonly int[] Channels = [16, 32, 48, 64];
    private readonly Conv2d[] _convs;
    private readonly Linear _score, _flaw;

    public RewardNet(Weights weights)
    {
        Weights = weights;
        _convs = [.. Channels.Select((c, i) => new Conv2d(weights, $"conv{i}", i == 0 ? 6 : Channels[i - 1], c, 3, stride: i == 0 ? 1 : 2, padding: 1))];
        _score = weights.Linear("score", 2 * Channels[^1], 1);
        _flaw = weights.Linear("flaw", 2 * Channels[^1], Enum.GetValues<ImageLabel>().Length);
        weights.Close(nameof(RewardNet));
    }

    public Weights Weights { get; }

    /// <summary>A net with fresh weights.</summary>
    public static RewardNet Fresh(ulong seed, string name) => new(new Weights((tensor, shape) => FreshTensor.Create(tensor, shape, Noise.Weights(seed ^ (ulong)name.Length))));

    /// <summary>The net of a stored reward; its optimiser's moments stay behind.</summary>
    public static RewardNet Load(SafetensorsFile file) => new(new Weights((tensor, _) => file.Entries.ContainsKey(tensor) ? file.Read(tensor) : null));

    /// <param name="x">Images in [-1, 1], [B, 3, H, W].</param>
    /// <returns>Scores [B] (logits), and flaw logits [B, labels].</returns>
    public (Tensor Score, Tensor Flaw) Forward(Tensor x)
    {
        var residual = x - avg_pool2d(pad(x, [1, 1, 1, 1], PaddingModes.Replicate), 3, 1); // [B,3,H,W]
        var h = cat([x, residual * 4], 1);                                                 // [B,6,H,W]
        foreach (var conv in _convs) h = leaky_relu(conv.Forward(h), 0.1);                 // halves but once: [B,64,H/8,W/8]
        var flat = h.flatten(2);                                                           // [B,64,·]
        var pooled = cat([flat.mean([2]), (flat.var(2, unbiased: false) + 1e-5).sqrt()], 1); // [B,128]
        return (_score.Forward(pooled).squeeze(1), _flaw.Forward(pooled));
    }

    /// <summary>The reward of images: the score's mean over three views, without gradients. uint8 [N, 3, H, W] to N logits.</summary>
    public double[] Score(Tensor images, int batch)
    {
        using var off = no_grad();
        var scores = new List<double>();
        foreach (var part in images.split(batch))
        {
            using var scope = NewDisposeScope();
            var x = Pixels.ToFloat(part);
            // A policy that finds a spot in the pixel grid which one view likes does not please all three.
            var views = new[] { x, x.flip(3), roll(x, [1, 1], [2, 3]) };
            var mean = stack([.. views.Select(v => Forward(v).Score)]).mean([0]); // [b]
            scores.AddRange(mean.data<float>().Select(s => (double)s));
        }
        return [.. scores];
    }

    public void Dispose() => Weights.Dispose();
}

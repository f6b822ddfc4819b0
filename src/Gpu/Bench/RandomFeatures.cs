using PortraitGen.Gpu.Tensors;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace PortraitGen.Gpu.Bench;

/// <summary>Features of a fixed random convolutional net: no reward ever saw them, nothing was trained for them, everyone has the same.</summary>
/// <remarks>Two scales of two random layers, the first pooled to its mean and the second to its spread: 32 numbers an image, on a log scale.</remarks>
public sealed class RandomFeatures : IDisposable
{
    private const ulong Seed = 20260625;
    private readonly Tensor _first, _second;

    public RandomFeatures()
    {
        _ = Nnpack.Off;
        var normal = Noise.Weights(Seed);
        _first = ZeroMean(normal("bench.first", [8, 3, 5, 5])) / Math.Sqrt(75);
        _second = normal("bench.second", [8, 8, 3, 3]) / Math.Sqrt(72);
    }

    /// <summary>uint8 [N, 3, H, W] to [N][32].</summary>
    public double[][] Of(Tensor images)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var x = Pixels.ToFloat(images);
        var features = cat([.. Scale(x), .. Scale(avg_pool2d(x, 2))], 1).to(ScalarType.Float64); // [N,32]
        var flat = features.data<double>().ToArray();
        int width = (int)features.shape[1];
        return [.. flat.Chunk(width)];
    }

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }

    /// <summary>Filters without a mean see texture and edges; colour enters through the differences between channels.</summary>
    private static Tensor ZeroMean(Tensor filters) => filters - filters.mean([2, 3], keepdim: true);

    private IEnumerable<Tensor> Scale(Tensor x)
    {
        var a = relu(conv2d(x, _first));          // [N,8,·,·]
        var b = relu(conv2d(a, _second));         // [N,8,·,·]
        yield return a.mean([2, 3]).log1p() * 10; // [N,8]
        yield return b.std([2, 3]).log1p() * 10;  // [N,8]
    }
}

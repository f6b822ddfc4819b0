using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Models.Layers;
using PortraitGen.Gpu.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests.Models;

/// <summary>
/// Our convolution against the library's own in float64, which takes another path through it: a processor for which the fast
/// path is wrong fails here, and not as a portrait model that learns a little worse.
/// </summary>
public sealed class ConvolutionTests
{
    // Sums of at most 96 * 9 products in fp32: 1e-7 * sqrt(864) of the largest entry, with a factor of ten to spare. The fault is 0.3 and more.
    private const double Tolerance = 3e-5;

    public static TheoryData<int, int> Kernels => new() { { 1, 1 }, { 3, 1 }, { 2, 2 }, { 3, 2 } };

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Outputs_and_gradients_agree_with_double_precision_for_any_number_of_channels(int kernel, int stride)
    {
        int[] channels = [1, 3, 4, 6, 8, 12, 16, 17, 24, 32, 40, 48, 64, 66, 80, 96];
        foreach (int inputs in channels)
            foreach (int outputs in channels)
            {
                using var scope = NewDisposeScope();
                var twin = Run(inputs, outputs, kernel, stride, ScalarType.Float64);
                foreach (var (what, fast) in Run(inputs, outputs, kernel, stride, ScalarType.Float32))
                {
                    double apart = (fast - twin[what]).abs().max().item<double>() / twin[what].abs().max().item<double>();
                    Assert.True(apart < Tolerance, $"{what} of a {kernel}x{kernel} convolution, stride {stride}, {inputs} to {outputs} channels: {apart:G2} apart");
                }
            }
    }

    [Fact]
    public void Without_gradients_the_outputs_are_the_same()
    {
        using var scope = NewDisposeScope();
        foreach (int inputs in new[] { 3, 12, 24, 40, 48 })
        {
            using var off = no_grad();
            using var fast = Fresh(inputs, 3, 3, ScalarType.Float32, out var layer);
            using var twin = Fresh(inputs, 3, 3, ScalarType.Float64, out _);
            using var noise = new Noise(9);
            var x = noise.Of(2, inputs, 12, 12);
            var y = Plain(x.to(ScalarType.Float64), twin, 3, 1);
            Assert.InRange((layer.Forward(x) - y).abs().max().item<double>() / y.abs().max().item<double>(), 0, Tolerance);
        }
    }

    [Fact]
    public void No_convolution_goes_to_nnpack_whose_bits_depend_on_the_processor() => Assert.True(Nnpack.Off);

    private static Dictionary<string, Tensor> Run(int inputs, int outputs, int kernel, int stride, ScalarType type)
    {
        using var weights = Fresh(inputs, outputs, kernel, type, out var layer, stride);
        weights.RequireGrad(true);
        using var noise = new Noise(9);
        var x = noise.Of(2, inputs, 12, 12).to(type).clone().requires_grad_(true);
        var y = type is ScalarType.Float64 ? Plain(x, weights, kernel, stride) : layer.Forward(x);
        y.backward([noise.Of(y.shape).to(type)]);
        var results = new Dictionary<string, Tensor> { ["the output"] = y.detach(), ["the input's gradient"] = x.grad! };
        foreach (var (name, value) in weights.Parameters) results[name + "'s gradient"] = value.grad!;
        return results.ToDictionary(r => r.Key, r => r.Value.to(ScalarType.Float64).clone());
    }

    /// <summary>The oracle: nothing of ours is in it.</summary>
    private static Tensor Plain(Tensor x, Weights weights, int kernel, int stride) =>
        nn.functional.conv2d(x, weights["conv.weight"], weights["conv.bias"], [stride, stride], [kernel / 2, kernel / 2]);

    private static Weights Fresh(int inputs, int outputs, int kernel, ScalarType type, out Conv2d layer, int stride = 1)
    {
        var noise = new Noise(5);
        var weights = new Weights((_, shape) => noise.Of(shape), dtype: type);
        layer = new Conv2d(weights, "conv", inputs, outputs, kernel, stride, kernel / 2);
        return weights;
    }
}

using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Maths;
using PortraitGen.Gpu.Grpo;
using PortraitGen.Gpu.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests.Sampling;

public sealed class StorageTests : IDisposable
{
    private readonly TinyPolicy _tiny = new(51);

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [InlineData(LatentType.Bf16, ScalarType.BFloat16), InlineData(LatentType.Fp16, ScalarType.Float16)]
    public void What_is_stored_in_half_the_bytes_is_what_was_scored(LatentType type, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        using var noise = new Noise(1);
        using var off = no_grad();
        Tensor[] drawn = [noise.Of(4, 4, 8, 8), noise.Of(4, 4, 8, 8), noise.Of(4, 4, 8, 8)];
        var sampler = new SamplerSpec { Steps = 5, Window = 3, Storage = type };
        double[] grid = SigmaGrid.Uniform(5, 1);
        var made = GroupSampler.Run(_tiny.Policy, noise.Of(2, 4, 8, 8), w => drawn[w], _tiny.Prompts, 2, sampler, grid, 1, TestContext.Current.CancellationToken);
        Assert.Equal(dtype, made.X.dtype);
        var none = zeros(0);
        var read = RolloutTensors.Read(new RolloutTensors(new(made.X, made.V, made.Z, none, none), none, none, none, none, none).ToBytes());
        Assert.Equal(ScalarType.Float32, read.X.dtype);
        var each = _tiny.Prompts.Repeat(2);
        for (int w = 0; w < 3; w++)
        {
            // The stored bits give the sampling policy's velocity exactly: the ratio is 1 without a tolerance.
            var v = _tiny.Policy.Velocity(read.X[w], grid[1 + w], each);
            Assert.Equal(0, GoldenTensors.Difference(v, read.V[w]));
            if (w == 2) continue;
            // z is that of the rounded latent, not of the draw.
            var step = KernelStep.For(sampler.Kernel, sampler.Noise, grid[1 + w], grid[2 + w], grid[1]);
            GoldenTensors.AssertClose(read.X[w + 1], KernelOps.Mean(step, read.X[w], v) + read.Z[w] * step.Std, 1e-6, $"step {w}");
            Assert.InRange(GoldenTensors.Difference(read.Z[w], drawn[w]), 1e-5, 0.1);
        }
    }
}

using PortraitGen.Gpu.Sampling;
using PortraitGen.Gpu.Tests.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests.Grpo;

/// <summary>Does a latent's velocity depend on what is beside it in the batch? Measured; the batch shape is part of the execution profile either way.</summary>
public sealed class BatchShapeTests
{
    [Theory]
    [InlineData(2), InlineData(4), InlineData(8)]
    public void A_latent_alone_and_in_a_batch_agree_to_rounding_level(int batch)
    {
        using var scope = NewDisposeScope();
        using var tiny = new TinyPolicy(71);
        using var noise = new Noise(1);
        using var off = no_grad();
        var x = noise.Of(batch, 4, 8, 8);
        var prompts = new Conditioning(noise.Of(batch, 3, 40), noise.Of(batch, 24));
        var together = tiny.Policy.Velocity(x, 0.4, prompts);
        double worst = 0;
        for (int i = 0; i < batch; i++)
        {
            var alone = tiny.Policy.Velocity(x.narrow(0, i, 1), 0.4, new(prompts.Context.narrow(0, i, 1), prompts.Pooled.narrow(0, i, 1)));
            worst = Math.Max(worst, GoldenTensors.Difference(together[i], alone[0]));
        }

        TestContext.Current.TestOutputHelper!.WriteLine(worst == 0 ? $"batch {batch}: bit for bit" : $"batch {batch}: off by {worst:E2}");
        Assert.InRange(worst, 0, 1e-5 * together.abs().max().item<float>()); // fp32 sums in another order

        // The same batch again is the same bits: this is what the profile relies on.
        Assert.Equal(0, GoldenTensors.Difference(together, tiny.Policy.Velocity(x, 0.4, prompts)));
    }
}

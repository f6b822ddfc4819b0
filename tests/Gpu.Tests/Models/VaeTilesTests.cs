using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Models.Vae;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests.Models;

public sealed class VaeTilesTests
{
    [Fact]
    public void An_image_at_a_time_is_the_batch_at_once()
    {
        using var scope = NewDisposeScope();
        using var noise = new Noise(1);
        using var vae = Vae(noise);
        using var quiet = no_grad();
        var latents = noise.Of(3, 4, 8, 8);
        var whole = vae.Decode(latents);
        var sliced = cat([.. latents.split(1).Select(vae.Decode)]);
        // Each image goes through the same sums; a batched matrix product may order them otherwise, in the last bits.
        GoldenTensors.AssertClose(whole, sliced, 1e-6 * whole.abs().max().item<float>(), "decoded one by one");
        var image = noise.Of(3, 3, 16, 16);
        GoldenTensors.AssertClose(vae.Encode(image), cat([.. image.split(1).Select(vae.Encode)]), 1e-6 * vae.Encode(image).abs().max().item<float>(), "encoded one by one");
    }

    [Fact]
    public void What_fits_one_tile_is_coded_whole_and_a_larger_one_has_the_right_size()
    {
        using var scope = NewDisposeScope();
        using var noise = new Noise(2);
        using var vae = Vae(noise);
        using var quiet = no_grad();
        var latent = noise.Of(1, 4, 8, 8);
        Assert.Equal(0, GoldenTensors.Difference(new VaeTiles(vae, 8).Decode(latent), vae.Decode(latent)));
        Assert.Equal([2L, 3, 38, 26], new VaeTiles(vae, 8).Decode(noise.Of(2, 4, 19, 13)).shape);
        Assert.Equal([2L, 8, 19, 13], new VaeTiles(vae, 8).Encode(noise.Of(2, 3, 38, 26)).shape);
        Assert.Throws<ArgumentException>(() => new VaeTiles(vae, 3));
        Assert.Throws<ArgumentException>(() => new VaeTiles(vae, 8, 0.6));
    }

    [Theory, InlineData(0.0), InlineData(0.25), InlineData(0.5)]
    public void What_looks_at_single_positions_is_the_same_in_tiles(double overlap)
    {
        using var scope = NewDisposeScope();
        using var noise = new Noise(3);
        var latent = noise.Of(2, 3, 37, 21);
        int step = (int)(16 * (1 - overlap));
        GoldenTensors.AssertClose(Twice(latent), VaeTiles.Run(latent, 16, step, 2, 1, Twice), 1e-6, "doubled in tiles");
        var half = latent.narrow(2, 0, 36).narrow(3, 0, 20);
        GoldenTensors.AssertClose(Half(half), VaeTiles.Run(half, 16, step & ~1, 1, 2, Half), 1e-6, "halved in tiles");

        static Tensor Twice(Tensor x) => x.repeat_interleave(2, 2).repeat_interleave(2, 3);
        static Tensor Half(Tensor x) => nn.functional.avg_pool2d(x, 2);
    }

    [Fact]
    public void Tiles_of_a_real_decoder_differ_from_the_whole_and_larger_ones_differ_less()
    {
        using var scope = NewDisposeScope();
        using var noise = new Noise(4);
        using var vae = Vae(noise);
        using var quiet = no_grad();
        var latent = noise.Of(1, 4, 32, 32);
        var whole = vae.Decode(latent);
        double[] off = [.. new[] { 8, 16, 28 }.Select(side => (whole - new VaeTiles(vae, side).Decode(latent)).abs().mean().item<float>() / (double)whole.std().item<float>())];
        TestContext.Current.TestOutputHelper?.WriteLine($"tiles of 8, 16, 28 in 32: mean off by {off[0]:P1}, {off[1]:P1}, {off[2]:P1} of the image's spread");
        // Random weights have strong group norms and padding effects; what must hold is the order, and that it is not noise.
        Assert.True(off[0] > off[1] && off[1] > off[2] && off[2] > 0 && off[0] < 1, string.Join(", ", off));
    }

    private static AutoencoderKL Vae(Noise noise) => new(TinyModels.Vae, new Weights(VaeInit.Source(noise.Of)));
}

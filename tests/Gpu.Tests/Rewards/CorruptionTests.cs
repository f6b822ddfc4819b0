using PortraitGen.Domain.Maths;
using PortraitGen.Domain.Rewards;
using PortraitGen.Gpu.Bench;
using PortraitGen.Gpu.Imaging.Drawn;
using PortraitGen.Gpu.Rewards;
using PortraitGen.Gpu.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests.Rewards;

/// <summary>Each flaw changes what its name says, in every one of a few portraits, and keeps the shape and range of an image.</summary>
public sealed class CorruptionTests
{
    public static TheoryData<ImageLabel> Flaws => [.. Corruptions.All];

    [Theory, MemberData(nameof(Flaws))]
    public void A_flaw_shows_and_is_the_same_again_from_the_same_stream(ImageLabel flaw) => Each(flaw, (before, after, draws) =>
    {
        Assert.Equal(before.shape, after.shape);
        Assert.InRange(after.abs().max().item<float>(), 0, 1);
        Assert.True((after - before).square().mean().sqrt().item<float>() > 0.01, "it is to be seen");
        Assert.Equal(0, GoldenTensors.Difference(after, Corruptions.Apply(before, flaw, draws)));
    });

    [Fact]
    public void Smoothing_and_blur_take_texture_and_noise_adds_it()
    {
        Each(ImageLabel.OverSmoothed, (before, after, _) => Assert.True(High(after) < High(before), $"{High(before)} -> {High(after)}"));
        Each(ImageLabel.Blurred, (before, after, _) => Assert.True(High(after) < High(before) - 1));
        Each(ImageLabel.Noisy, (before, after, _) => Assert.True(Contrast(after) > 1.5 * Contrast(before) && High(after) > High(before) + 0.5));
    }

    [Fact]
    public void Smoothing_keeps_edges_better_than_blur()
    {
        using var scope = NewDisposeScope();
        var step = cat([full([1, 3, 32, 16], -0.8f), full([1, 3, 32, 16], 0.8f)], 3);
        var draws = CounterRng.For(1, "corruption", 0);
        double Rise(ImageLabel flaw) => (Corruptions.Apply(step, flaw, draws)[0, 0, 16, 16] - Corruptions.Apply(step, flaw, draws)[0, 0, 16, 15]).item<float>();
        Assert.True(Rise(ImageLabel.OverSmoothed) > 1.5, $"{Rise(ImageLabel.OverSmoothed)}");
        Assert.True(Rise(ImageLabel.Blurred) < 0.8, $"{Rise(ImageLabel.Blurred)}");
    }

    [Fact]
    public void Over_saturation_raises_saturation_and_keeps_the_luma() => Each(ImageLabel.OverSaturated, (before, after, _) =>
    {
        Assert.True(TextureStatistics.Saturation(Pixels.ToBytes(after)) > TextureStatistics.Saturation(Pixels.ToBytes(before)) + 0.02);
        Assert.InRange((after - before).mean([1]).abs().mean().item<float>(), 0, 0.03); // clamping alone
    });

    [Fact]
    public void Oily_skin_is_brighter_where_it_was_bright_and_never_darker_overall() => Each(ImageLabel.Oily, (before, after, _) =>
    {
        var luma = before.mean([1]);
        var bright = luma.gt(luma.mean() + 0.3);
        Assert.True(bright.sum().item<long>() > 0);
        Assert.True((after - before).mean([1]).masked_select(bright).mean().item<float>() > 0.03);
        Assert.True((after - before).mean([1]).masked_select(luma.lt(luma.mean())).abs().mean().item<float>() < 0.15);
    });

    [Fact]
    public void A_mirrored_portrait_is_its_own_mirror_image() => Each(ImageLabel.Mirrored, (before, after, _) =>
    {
        Assert.Equal(0, GoldenTensors.Difference(after, after.flip(3)));
        Assert.True(GoldenTensors.Difference(before, before.flip(3)) > 0.1);
    });

    [Fact]
    public void A_grid_repeats_at_two_four_or_eight_pixels_and_never_vanishes()
    {
        using var scope = NewDisposeScope();
        var flat = zeros(1, 3, 32, 32);
        var periods = new HashSet<int>();
        for (int i = 0; i < 60; i++)
        {
            var after = Corruptions.Apply(flat, ImageLabel.Grid, CounterRng.For(2, "corruption", i));
            int period = new[] { 2, 4, 8 }.First(p => GoldenTensors.Difference(roll(after, [p, p], [2, 3]), after) < 1e-5);
            periods.Add(period);
            Assert.True(after.std().item<float>() > 0.03, $"stream {i}: a grid of period {period} and spread {after.std().item<float>():E1}");
        }

        Assert.Equal([2, 4, 8], periods.Order());
    }

    private static double Contrast(Tensor x) => TextureStatistics.LocalContrast(Pixels.ToBytes(x));

    private static double High(Tensor x) => TextureStatistics.Spectrum(Pixels.ToBytes(x))[10..].Average();

    private static void Each(ImageLabel flaw, Action<Tensor, Tensor, CounterRng> check)
    {
        for (int i = 0; i < 5; i++)
        {
            using var scope = NewDisposeScope();
            var before = Pixels.ToFloat(DrawnSet.Of(Look.Captured, i, 1));
            var draws = CounterRng.For(1, "corruption", i);
            check(before, Corruptions.Apply(before, flaw, draws), draws);
        }
    }
}

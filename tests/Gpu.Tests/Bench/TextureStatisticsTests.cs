using PortraitGen.Domain.Maths;
using PortraitGen.Domain.Rewards;
using PortraitGen.Gpu.Bench;
using PortraitGen.Gpu.Imaging.Drawn;
using PortraitGen.Gpu.Rewards;
using PortraitGen.Gpu.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests.Bench;

public sealed class TextureStatisticsTests
{
    [Theory]
    [InlineData(4), InlineData(9), InlineData(30)]
    public void A_wave_of_n_periods_peaks_in_ring_n(int periods)
    {
        using var scope = NewDisposeScope();
        var wave = (arange(64).to(ScalarType.Float32) * (2 * Math.PI * periods / 64)).cos() * 0.5f;
        foreach (var image in new[] { wave.reshape(1, 1, 1, 64), wave.reshape(1, 1, 64, 1) })
        {
            double[] spectrum = TextureStatistics.Spectrum(Pixels.ToBytes(image.expand(1, 3, 64, 64)));
            Assert.Equal(32, spectrum.Length);
            int peak = Array.IndexOf(spectrum, spectrum.Max());
            Assert.Equal(periods - 1, peak);
            Assert.All(Enumerable.Range(0, 32).Where(i => Math.Abs(i - peak) > 2), i => Assert.True(spectrum[i] < spectrum[peak] - 5));
        }
    }

    [Fact]
    public void White_noise_has_a_flat_spectrum_at_its_own_power()
    {
        using var scope = NewDisposeScope();
        using var noise = new Noise(1);
        var grey = (noise.Of(8, 1, 64, 64) * 20 + 128).clamp(0, 255).round().to(ScalarType.Byte).expand(8, 3, 64, 64);
        double[] spectrum = TextureStatistics.Spectrum(grey);
        // Parseval: variance times the window's power, sum of hann^2 = 3/8 side a row.
        double expected = Math.Log((20 * 20 + 1.0 / 12) / (127.5 * 127.5) * Math.Pow(64 * 3.0 / 8, 2));
        Assert.All(spectrum[3..], ring => Assert.InRange(ring, expected - 0.35, expected + 0.35));
        Assert.Equal(expected, spectrum[3..].Average(), 0.05);
        Assert.Equal(20.0 / 255 * Math.Sqrt(24.0 / 25), TextureStatistics.LocalContrast(grey), 0.012);
    }

    [Fact]
    public void Shine_and_saturation_of_known_pixels()
    {
        using var scope = NewDisposeScope();
        byte[] rgb = [255, 255, 255, 240, 230, 220, 200, 200, 200, 255, 0, 0]; // white; bright and pale; grey; red
        var image = Pixels.FromInterleaved(rgb, 4, 1).unsqueeze(0);
        Assert.Equal(0.5, TextureStatistics.SpecularShare(image), 6);
        Assert.Equal((0 + 20.0 / 240 + 0 + 1) / 4, TextureStatistics.Saturation(image), 6);
    }

    [Fact]
    public void Features_have_32_finite_numbers_and_depend_on_no_batch()
    {
        using var scope = NewDisposeScope();
        using var features = new RandomFeatures();
        var images = DrawnSet.Of(Look.Captured, 0, 3);
        double[][] all = features.Of(images);
        Assert.All(all, v => Assert.Equal(32, v.Length));
        double[] alone = features.Of(images[1].unsqueeze(0))[0];
        for (int i = 0; i < 32; i++) Assert.Equal(all[1][i], alone[i], 1e-4);
        Assert.NotEqual(all[0], all[1]);
    }

    [Fact]
    public void Held_out_measures_are_zero_for_the_same_images_and_see_what_is_wrong_with_painted_ones()
    {
        using var scope = NewDisposeScope();
        Tensor real = DrawnSet.Of(Look.Captured, 0, 20), other = DrawnSet.Of(Look.Captured, 20, 20), painted = DrawnSet.Of(Look.Ai, 20, 20);
        foreach (var (name, value) in HeldoutMeasures.Of(real, real)) Assert.True(Math.Abs(value!.GetValue<double>()) < 1e-6, name);
        var (near, far) = (HeldoutMeasures.Of(other, real), HeldoutMeasures.Of(painted, real));
        foreach (string name in new[] { "featureDistance", "spectrumGap", "saturationGap" })
            Assert.True(far[name]!.GetValue<double>() > 1.1 * near[name]!.GetValue<double>(), $"{name}: {near[name]} for real, {far[name]} for painted");
        Assert.True(far["highBandGap"]!.GetValue<double>() < near["highBandGap"]!.GetValue<double>(), "painted portraits are smoother than real ones");
    }

    /// <summary>A judge must not like what a policy finds when it hacks its rewards: dissolved faces, grids, noise.</summary>
    [Theory]
    [InlineData(ImageLabel.Grid), InlineData(ImageLabel.Noisy), InlineData(ImageLabel.Blurred), InlineData(ImageLabel.OverSaturated)]
    public void Flawed_portraits_are_farther_from_real_ones_than_other_real_ones_are(ImageLabel flaw)
    {
        using var scope = NewDisposeScope();
        Tensor real = DrawnSet.Of(Look.Captured, 0, 20), other = DrawnSet.Of(Look.Captured, 20, 20);
        var flawed = cat([.. Enumerable.Range(0, 20).Select(i => Pixels.ToBytes(Corruptions.Apply(Pixels.ToFloat(other[i].unsqueeze(0)), flaw, CounterRng.For(1, "flaw", i))))]);
        var (near, far) = (HeldoutMeasures.Of(other, real), HeldoutMeasures.Of(flawed, real));
        string[] seen = flaw is ImageLabel.OverSaturated ? ["featureDistance", "saturationGap"] : ["featureDistance", "spectrumGap"];
        foreach (string name in seen) Assert.True(far[name]!.GetValue<double>() > 1.5 * near[name]!.GetValue<double>(), $"{name}: {near[name]} for real, {far[name]} for {flaw}");
    }

    [Fact]
    public void Flat_pictures_are_far_off_but_not_infinitely_far()
    {
        using var scope = NewDisposeScope();
        var flat = full([4, 3, 32, 32], 128, ScalarType.Byte);
        foreach (var (name, value) in HeldoutMeasures.Of(flat, DrawnSet.Of(Look.Captured, 0, 4))) Assert.True(double.IsFinite(value!.GetValue<double>()), name);
    }
}

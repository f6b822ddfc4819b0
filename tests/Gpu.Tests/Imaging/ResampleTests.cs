using PortraitGen.Gpu.Imaging;

namespace PortraitGen.Gpu.Tests.Imaging;

public sealed class ResampleTests
{
    [Fact]
    public void At_its_own_size_a_square_is_unchanged() => Assert.Equal(Pictures.Noisy(64, 64).Rgb, Resample.Square(Pictures.Noisy(64, 64), 64).Rgb);

    [Theory, InlineData(64), InlineData(100), InlineData(1023)]
    public void A_flat_picture_stays_flat(int side) =>
        Assert.All(Resample.Square(Pictures.From(side, side, (_, _) => (7, 130, 251)), 48).Rgb.Chunk(3), p => Assert.Equal([7, 130, 251], p));

    [Fact]
    public void Fine_stripes_become_their_mean_and_no_moire()
    {
        var stripes = Pictures.From(512, 512, (x, _) => x % 2 == 0 ? (255, 255, 255) : (0, 0, 0));
        var inner = Resample.Square(stripes, 64);
        for (int x = 4; x < 60; x++) Assert.InRange(Pictures.At(inner, x, 30).R, 126, 129);
    }

    [Fact]
    public void The_square_is_cut_from_the_middle()
    {
        var picture = Pictures.From(300, 100, (x, _) => x < 100 ? (255, 0, 0) : x < 200 ? (0, 255, 0) : (0, 0, 255));
        Assert.All(Resample.Square(picture, 50).Rgb.Chunk(3), p => Assert.Equal([0, 255, 0], p));
    }

    [Theory, InlineData(4000, 3000, 1024, 768), InlineData(3000, 4000, 768, 1024), InlineData(2048, 3, 1024, 2), InlineData(800, 600, 800, 600)]
    public void Within_keeps_the_proportions_and_enlarges_nothing(int width, int height, int newWidth, int newHeight)
    {
        var shrunk = Resample.Within(new RgbImage(width, height, new byte[width * height * 3]), 1024);
        Assert.Equal((newWidth, newHeight), (shrunk.Width, shrunk.Height));
    }

    [Fact]
    public void A_shrunk_ramp_stays_a_ramp()
    {
        var ramp = Resample.Square(Pictures.From(256, 256, (x, _) => (x, x, x)), 64);
        for (int x = 2; x < 62; x++) Assert.InRange(Pictures.At(ramp, x, 32).R, 4 * x + 1, 4 * x + 2); // mean of 4x … 4x+3 is 4x + 1.5
    }
}

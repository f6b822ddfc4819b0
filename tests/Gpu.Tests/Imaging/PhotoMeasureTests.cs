using PortraitGen.Gpu.Imaging;

namespace PortraitGen.Gpu.Tests.Imaging;

public sealed class PhotoMeasureTests
{
    [Fact]
    public void A_flat_picture_and_a_ramp_have_no_sharpness()
    {
        Assert.Equal(0, PhotoMeasure.Sharpness(Pictures.From(64, 64, (_, _) => (90, 90, 90))), 9);
        Assert.Equal(0, PhotoMeasure.Sharpness(Pictures.From(64, 64, (x, _) => (2 * x, 2 * x, 2 * x))), 9);
    }

    [Fact]
    public void A_checkerboard_of_unit_steps_has_the_variance_of_plus_and_minus_four() =>
        Assert.Equal(16.0, PhotoMeasure.Sharpness(Pictures.From(66, 66, (x, y) => (x + y) % 2 == 0 ? (100, 100, 100) : (101, 101, 101))), 6);

    [Fact]
    public void Blur_lowers_it_steeply()
    {
        var sharp = Pictures.Noisy(64, 64);
        var blurred = Pictures.From(64, 64, (x, y) =>
        {
            double r = 0, g = 0, b = 0;
            for (int dy = -2; dy <= 2; dy++)
                for (int dx = -2; dx <= 2; dx++)
                {
                    var c = Pictures.At(sharp, Math.Clamp(x + dx, 0, 63), Math.Clamp(y + dy, 0, 63));
                    (r, g, b) = (r + c.R, g + c.G, b + c.B);
                }
            return ((int)(r / 25), (int)(g / 25), (int)(b / 25));
        });
        Assert.True(PhotoMeasure.Sharpness(blurred) < PhotoMeasure.Sharpness(sharp) / 20);
    }

    [Fact]
    public void Size_is_of_the_whole_and_brightness_of_the_square()
    {
        var quality = PhotoMeasure.Of(new RgbImage(300, 200, new byte[180_000]), Pictures.From(64, 64, (_, _) => (100, 100, 100)));
        Assert.Equal((300, 200), (quality.Width, quality.Height));
        Assert.Equal(100, quality.Brightness, 9);
        Assert.Equal(1.5, quality.Aspect);
    }
}

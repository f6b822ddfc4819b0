using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.Sd3;

/// <summary>The fixed two-dimensional position code of SD3's patches.</summary>
public static class SinCosPositions
{
    /// <summary>Position codes of a square of patches.</summary>
    /// <param name="width">Features D per patch, a multiple of 4.</param>
    /// <param name="side">Patches per side, M.</param>
    /// <param name="baseSide">Patches per side that the model was made for: positions are scaled by baseSide / side.</param>
    /// <returns>[1, M*M, D] fp32: sin and cos of the column, then of the row. Computed in double, rounded once.</returns>
    /// <remarks>Source: diffusers 0.31, get_2d_sincos_pos_embed.</remarks>
    public static Tensor Create(int width, int side, int baseSide)
    {
        if (width % 4 != 0) throw new ArgumentException($"width is {width}; it must be a multiple of 4.");
        int quarter = width / 4;
        float[] codes = new float[(long)side * side * width];
        for (int row = 0; row < side; row++)
        {
            for (int column = 0; column < side; column++)
            {
                var code = codes.AsSpan((row * side + column) * width, width);
                for (int k = 0; k < quarter; k++)
                {
                    double omega = 1 / Math.Pow(10000, k / (double)quarter);
                    double x = Scaled(column) * omega, y = Scaled(row) * omega;
                    code[k] = (float)Math.Sin(x);
                    code[quarter + k] = (float)Math.Cos(x);
                    code[2 * quarter + k] = (float)Math.Sin(y);
                    code[3 * quarter + k] = (float)Math.Cos(y);
                }
            }
        }

        return tensor(codes, [1, (long)side * side, width], ScalarType.Float32);

        // diffusers divides in fp32 (the grid is an fp32 array).
        double Scaled(int at) => (float)(at / (side / (double)baseSide));
    }
}

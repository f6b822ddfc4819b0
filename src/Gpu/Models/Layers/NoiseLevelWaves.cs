using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.Layers;

/// <summary>A scalar as sines and cosines, as transformers are told the noise level and the guidance.</summary>
/// <remarks>
/// Source: diffusers 0.31, get_timestep_embedding with flip_sin_to_cos. An angle is up to 3,500 (guidance 3.5, times 1000), where one unit in the last place of a frequency is 2e-4: which of two
/// neighbours exp() gives is seen in the velocity, in its fifth digit. So the frequencies are not libtorch's, which vary with its maths library, but those of SLEEF's expf, which the references and
/// training itself used; they are the same on every machine.
/// </remarks>
internal static class NoiseLevelWaves
{
    private const int Frequencies = 128;
    private static readonly float[] Table = [.. Enumerable.Range(0, Frequencies).Select(k => Exp((float)-Math.Log(10000) * k / Frequencies))];

    /// <summary>Numbers per value.</summary>
    public const int Width = 2 * Frequencies;

    /// <param name="values">[B], sigma (or guidance) times 1000.</param>
    /// <returns>[B, 256] fp32, cosines first: bf16 cannot tell 999 from 1000.</returns>
    public static Tensor Of(Tensor values)
    {
        var angle = values.to(ScalarType.Float32).unsqueeze(1) * tensor(Table, device: values.device).unsqueeze(0); // [B, 128]
        return cat([angle.cos(), angle.sin()], -1);                                                                 // [B, 256]
    }

    /// <summary>e^x in fp32, rounded as SLEEF's expf with an error below 1 ulp rounds it (Shibata, Petrogalli 2020; its constants).</summary>
    private static float Exp(float x)
    {
        float q = MathF.Round(x * 1.4426950408889634f);
        float s = MathF.FusedMultiplyAdd(q, -1.428606765330187045e-06f, MathF.FusedMultiplyAdd(q, -0.693145751953125f, x));
        float u = 0.000198527617612853646278381f;
        foreach (float term in (float[])[0.00139304355252534151077271f, 0.00833336077630519866943359f, 0.0416664853692054748535156f, 0.166666671633720397949219f, 0.5f])
            u = MathF.FusedMultiplyAdd(u, s, term);
        return MathF.ScaleB(1 + MathF.FusedMultiplyAdd(s * s, u, s), (int)q);
    }
}

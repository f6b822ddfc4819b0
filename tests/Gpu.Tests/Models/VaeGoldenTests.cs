using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Models.Vae;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests.Models;

public sealed class VaeGoldenTests
{
    public static TheoryData<string> Files => Goldens.Files("vae");

    [Theory, MemberData(nameof(Files))]
    public void Moments_mode_and_decoded_image_match_the_reference(string name)
    {
        using var scope = NewDisposeScope();
        using var golden = Goldens.Open(name);
        using var vae = new AutoencoderKL(VaeConfig.Parse(golden.Metadata["config"], name), Weights.From(golden.Part("w."), name));

        var moments = vae.Encode(golden.Read("in.x"));
        GoldenTensors.AssertClose(golden.Read("out.moments"), moments, 1e-5, "moments");
        GoldenTensors.AssertClose(golden.Read("out.z_mode"), AutoencoderKL.Mode(moments), 1e-5, "mode");
        GoldenTensors.AssertClose(golden.Read("out.decoded"), vae.Decode(golden.Read("out.z_mode")), 1e-5, "decoded image");
    }

    [Theory, MemberData(nameof(Files))]
    public void The_transformers_latent_comes_back_to_the_raw_one(string name)
    {
        using var scope = NewDisposeScope();
        using var golden = Goldens.Open(name);
        var config = VaeConfig.Parse(golden.Metadata["config"], name);
        using var vae = new AutoencoderKL(config, Weights.From(golden.Part("w."), name));
        var raw = golden.Read("out.z_mode");

        GoldenTensors.AssertClose((raw - config.ShiftFactor) * config.ScalingFactor, vae.ToModel(raw), 1e-6, "scaled latent");
        GoldenTensors.AssertClose(raw, vae.FromModel(vae.ToModel(raw)), 1e-5, "raw latent");
    }

    [Theory, MemberData(nameof(Files))]
    public void The_gradient_of_every_parameter_agrees_with_finite_differences_in_double(string name)
    {
        using var scope = NewDisposeScope();
        using var golden = Goldens.Open(name);
        var config = VaeConfig.Parse(golden.Metadata["config"], name);
        using AutoencoderKL single = new(config, Weights.From(golden.Part("w."), name)), twin = new(config, Weights.From(golden.Part("w."), name, dtype: ScalarType.Float64));
        // A corner is enough for every parameter, and quicker.
        var (image, latent) = (golden.Read("in.x").narrow(2, 0, 16).narrow(3, 0, 16), golden.Read("out.z_mode").narrow(2, 0, 8).narrow(3, 0, 8));
        FiniteDifferences.Assert(single.Weights, () => Both(single), twin.Weights, () => Both(twin));

        Tensor Both(AutoencoderKL vae)
        {
            var type = vae.Weights["encoder.conv_in.weight"].dtype;
            return cat([vae.Encode(image.to(type)).flatten(), vae.Decode(latent.to(type)).flatten()]);
        }
    }
}

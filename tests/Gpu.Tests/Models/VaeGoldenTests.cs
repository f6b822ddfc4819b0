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
}

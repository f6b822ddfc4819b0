using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Models.Sd3;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests.Models;

public sealed class Sd3GoldenTests
{
    public static TheoryData<string> Files => Goldens.Files("sd3");

    [Theory, MemberData(nameof(Files))]
    public void Velocity_and_the_gradient_of_every_parameter_match_the_reference(string name)
    {
        using var scope = NewDisposeScope();
        using var golden = Goldens.Open(name);
        using var model = new Sd3Transformer(Sd3Config.Parse(golden.Metadata["config"], name), Weights.From(golden.Part("w."), name));
        model.Weights.RequireGrad(true);

        var velocity = model.Forward(
            golden.Read("in.hidden_states"), golden.Read("in.timestep"), golden.Read("in.encoder_hidden_states"), golden.Read("in.pooled_projections"));
        GoldenTensors.AssertClose(golden.Read("out.y"), velocity, 1e-5, "velocity");

        velocity.backward([golden.Read("out.grad_seed_cotangent")]);
        GoldenTensors.AssertGradients(golden.Part("out.grad."), model.Weights.Parameters);
    }

    [Theory, MemberData(nameof(Files))]
    public void Computed_position_codes_equal_those_in_the_file(string name)
    {
        using var scope = NewDisposeScope();
        using var golden = Goldens.Open(name);
        var config = Sd3Config.Parse(golden.Metadata["config"], name);
        var codes = SinCosPositions.Create(config.InnerDim, config.PosEmbedMaxSize, config.SampleSize / config.PatchSize);
        GoldenTensors.AssertClose(golden.Read("w.pos_embed.pos_embed"), codes, 1e-6, "position codes");
    }
}

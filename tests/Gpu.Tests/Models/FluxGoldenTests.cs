using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Models.Flux;
using PortraitGen.Gpu.Tensors;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests.Models;

public sealed class FluxGoldenTests
{
    public static TheoryData<string> Files => Goldens.Files("flux");

    [Theory, MemberData(nameof(Files))]
    public void Velocity_and_the_gradient_of_every_parameter_match_the_reference(string name)
    {
        using var scope = NewDisposeScope();
        using var golden = Goldens.Open(name);
        using var model = Model(golden, name);
        model.Weights.RequireGrad(true);
        var timestep = golden.Read("in.timestep");

        var velocity = model.Tokens(
            golden.Read("in.hidden_states"), timestep * 1000, golden.Read("in.encoder_hidden_states"), golden.Read("in.pooled_projections"),
            Guidance(golden, timestep), cat([Ids(golden, "in.txt_ids"), Ids(golden, "in.img_ids")]));
        GoldenTensors.AssertClose(golden.Read("out.y"), velocity, 1e-5, "velocity");

        velocity.backward([golden.Read("out.grad_seed_cotangent")]);
        GoldenTensors.AssertGradients(golden.Part("out.grad."), model.Weights.Parameters);
    }

    [Theory, MemberData(nameof(Files))]
    public void A_latent_is_packed_placed_and_unpacked_as_the_reference_has_it(string name)
    {
        using var scope = NewDisposeScope();
        using var golden = Goldens.Open(name);
        using var model = Model(golden, name);
        var (tokens, ids) = (golden.Read("in.hidden_states"), Ids(golden, "in.img_ids"));
        long rows = (long)ids.select(1, 1).max().item<float>() + 1, columns = (long)ids.select(1, 2).max().item<float>() + 1;
        Assert.Equal(0, GoldenTensors.Difference(FluxTokens.Positions(0, rows, columns, CPU), ids));
        Assert.Equal(0, Ids(golden, "in.txt_ids").abs().max().item<float>());

        // One guidance for the whole batch is what campaigns use: the rows of the reference that have it must come out the same.
        var guidance = Guidance(golden, golden.Read("in.timestep"));
        using var told = new FluxTransformer(model.Config, Weights.From(golden.Part("w."), name)) { Guidance = guidance[0].item<float>() };
        var latent = FluxTokens.Unpack(tokens, rows * 2, columns * 2);
        var velocity = told.Forward(latent, golden.Read("in.timestep") * 1000, golden.Read("in.encoder_hidden_states"), golden.Read("in.pooled_projections"));
        Assert.Equal(0, GoldenTensors.Difference(FluxTokens.Pack(latent), tokens));
        GoldenTensors.AssertClose(golden.Read("out.y")[0], FluxTokens.Pack(velocity)[0], 1e-5, "velocity of the first latent");
    }

    [Fact]
    public void Two_by_two_positions_of_a_latent_lie_side_by_side_in_a_token()
    {
        using var scope = NewDisposeScope();
        var latent = arange(2 * 4 * 6).view(1, 2, 4, 6);
        Assert.Equal([0L, 1, 6, 7, 24, 25, 30, 31], FluxTokens.Pack(latent)[0, 0].data<long>().ToArray());
        Assert.Equal([2L, 3, 8, 9, 26, 27, 32, 33], FluxTokens.Pack(latent)[0, 1].data<long>().ToArray());
        Assert.Throws<ArgumentException>(() => FluxTokens.Pack(zeros(1, 2, 3, 4)));
    }

    private static FluxTransformer Model(SafetensorsFile golden, string name) =>
        new(FluxConfig.Parse(golden.Metadata["config"], name), Weights.From(golden.Part("w."), name));

    private static Tensor Guidance(SafetensorsFile golden, Tensor timestep) => golden.Entries.ContainsKey("in.guidance") ? golden.Read("in.guidance") : ones_like(timestep);

    /// <summary>Older references repeat the ids for each sample.</summary>
    private static Tensor Ids(SafetensorsFile golden, string name) => golden.Read(name) is var ids && ids.ndim == 3 ? ids[0] : ids;
}

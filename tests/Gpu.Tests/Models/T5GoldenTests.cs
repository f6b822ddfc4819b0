using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Models.T5;
using PortraitGen.Gpu.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests.Models;

public sealed class T5GoldenTests
{
    private const string Ours = "shared.weight", Theirs = "encoder.embed_tokens.weight";

    public static TheoryData<string> Files => Goldens.Files("t5");

    [Theory, MemberData(nameof(Files))]
    public void The_last_hidden_state_matches_the_reference(string name)
    {
        using var scope = NewDisposeScope();
        using var golden = Goldens.Open(name);
        using var encoder = Encoder(golden, name, null);
        GoldenTensors.AssertClose(golden.Read("out.last_hidden_state"), encoder.Forward(golden.Read("in.ids")), 1e-5, "last hidden state");
    }

    [Theory, MemberData(nameof(Files))]
    public void The_gradient_of_every_parameter_agrees_with_finite_differences_in_double(string name)
    {
        using var scope = NewDisposeScope();
        using var golden = Goldens.Open(name);
        using T5Encoder single = Encoder(golden, name, null), twin = Encoder(golden, name, ScalarType.Float64);
        var ids = golden.Read("in.ids");
        FiniteDifferences.Assert(single.Weights, () => single.Forward(ids), twin.Weights, () => twin.Forward(ids));
    }

    private static T5Encoder Encoder(SafetensorsFile golden, string name, ScalarType? dtype)
    {
        var weights = golden.Part("w.");
        if (!weights.ContainsKey(Ours)) weights[Ours] = weights[Theirs]; // one table, two names
        var config = T5Config.Parse(golden.Metadata["config"], name);
        config = config with { DKv = (int)weights["encoder.block.0.layer.0.SelfAttention.q.weight"].shape[0] / config.NumHeads };
        return new T5Encoder(config, Weights.From(weights, name, dtype: dtype));
    }
}

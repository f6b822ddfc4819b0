using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Models.Clip;
using PortraitGen.Gpu.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests.Models;

public sealed class ClipTextGoldenTests
{
    private const string Table = "text_model.embeddings.token_embedding.weight";

    public static TheoryData<string> Files => Goldens.Files("clip_text");

    [Theory, MemberData(nameof(Files))]
    public void Hidden_states_pooled_and_projected_match_the_reference(string name)
    {
        using var scope = NewDisposeScope();
        using var golden = Goldens.Open(name);
        using var encoder = Encoder(golden, name, null);

        var output = encoder.Forward(golden.Read("in.ids"));

        GoldenTensors.AssertClose(golden.Read("out.last_hidden_state"), output.LastHiddenState, 1e-5, "last hidden state");
        GoldenTensors.AssertClose(golden.Read("out.penultimate_ln"), output.PenultimateNormed, 1e-5, "penultimate state, normed");
        GoldenTensors.AssertClose(golden.Read("out.pooled"), output.Pooled, 1e-5, "pooled");
        GoldenTensors.AssertClose(golden.Read("out.proj_pooled"), output.Projected!, 1e-5, "projected");
    }

    [Theory, MemberData(nameof(Files))]
    public void The_gradient_of_every_parameter_agrees_with_finite_differences_in_double(string name)
    {
        using var scope = NewDisposeScope();
        using var golden = Goldens.Open(name);
        using ClipTextEncoder single = Encoder(golden, name, null), twin = Encoder(golden, name, ScalarType.Float64);
        var ids = golden.Read("in.ids");
        FiniteDifferences.Assert(single.Weights, () => All(single), twin.Weights, () => All(twin));

        Tensor All(ClipTextEncoder encoder)
        {
            var output = encoder.Forward(ids);
            return cat([output.LastHiddenState.flatten(), output.PenultimateNormed.flatten(), output.Projected!.flatten()]);
        }
    }

    private static ClipTextEncoder Encoder(SafetensorsFile golden, string name, ScalarType? dtype)
    {
        var weights = golden.Part("w.");
        var config = ClipTextConfig.Parse(golden.Metadata["config"], name) with
        {
            MaxPositionEmbeddings = (int)weights["text_model.embeddings.position_embedding.weight"].shape[0],
            ProjectionDim = (int)weights["text_projection.weight"].shape[0],
        };
        Restore(weights, config.VocabSize);
        return new ClipTextEncoder(config, Weights.From(weights, name, dtype: dtype));
    }

    /// <summary>The files carry only the rows of the token table that their prompts use.</summary>
    private static void Restore(Dictionary<string, Tensor> weights, int vocabulary)
    {
        if (!weights.Remove(Table + ".rows", out var rows)) return;
        Assert.True(weights.Remove("token_row_ids", out var ids));
        weights[Table] = zeros(vocabulary, rows.shape[1], ScalarType.Float32).index_copy(0, ids, rows);
    }
}

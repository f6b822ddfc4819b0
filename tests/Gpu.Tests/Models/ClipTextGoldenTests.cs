using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Models.Clip;
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
        var weights = golden.Part("w.");
        var config = ClipTextConfig.Parse(golden.Metadata["config"], name) with
        {
            MaxPositionEmbeddings = (int)weights["text_model.embeddings.position_embedding.weight"].shape[0],
            ProjectionDim = (int)weights["text_projection.weight"].shape[0],
        };
        Restore(weights, config.VocabSize);
        using var encoder = new ClipTextEncoder(config, Weights.From(weights, name));

        var output = encoder.Forward(golden.Read("in.ids"));

        GoldenTensors.AssertClose(golden.Read("out.last_hidden_state"), output.LastHiddenState, 1e-5, "last hidden state");
        GoldenTensors.AssertClose(golden.Read("out.penultimate_ln"), output.PenultimateNormed, 1e-5, "penultimate state, normed");
        GoldenTensors.AssertClose(golden.Read("out.pooled"), output.Pooled, 1e-5, "pooled");
        GoldenTensors.AssertClose(golden.Read("out.proj_pooled"), output.Projected!, 1e-5, "projected");
    }

    /// <summary>The files carry only the rows of the token table that their prompts use.</summary>
    private static void Restore(Dictionary<string, Tensor> weights, int vocabulary)
    {
        if (!weights.Remove(Table + ".rows", out var rows)) return;
        Assert.True(weights.Remove("token_row_ids", out var ids));
        weights[Table] = zeros(vocabulary, rows.shape[1], ScalarType.Float32).index_copy(0, ids, rows);
    }
}

using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Models.Clip;
using PortraitGen.Gpu.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests.Models;

/// <summary>OpenAI's own CLIP, whose text half is the one that diffusers' folders carry under other names. Its image half has no use here.</summary>
public sealed class OpenAiClipGoldenTests
{
    private const int Vocabulary = 49408, End = 49407;

    public static TheoryData<string> Files => Goldens.Files("openai_clip");

    /// <summary>The file does not say how many heads attention has; another number gives other numbers altogether.</summary>
    [Theory, MemberData(nameof(Files))]
    public void The_text_half_gives_the_reference_for_exactly_one_number_of_heads(string name)
    {
        using var scope = NewDisposeScope();
        using var golden = Goldens.Open(name);
        double[] off = [.. new[] { 1, 2, 4, 8 }.Select(heads =>
        {
            using var encoder = Encoder(golden, name, heads);
            return GoldenTensors.Difference(encoder.Forward(golden.Read("in.ids")).Projected!, golden.Read("out.text"));
        })];
        TestContext.Current.TestOutputHelper?.WriteLine($"projected text: off by {off.Min():E2}, allowed {1e-5:E2}");
        Assert.True(off.Min() <= 1e-5, string.Join(", ", off));
        Assert.Equal(3, off.Count(difference => difference > 1e-3));
    }

    private static ClipTextEncoder Encoder(SafetensorsFile golden, string name, int heads)
    {
        var theirs = golden.Part("w.");
        var rows = theirs["token_embedding.rows"];
        var ours = new Dictionary<string, Tensor>(StringComparer.Ordinal)
        {
            // The file carries only the rows of the token table that its prompts use.
            ["text_model.embeddings.token_embedding.weight"] = zeros(Vocabulary, rows.shape[1], ScalarType.Float32).index_copy(0, theirs["token_embedding.row_ids"], rows),
            ["text_model.embeddings.position_embedding.weight"] = theirs["positional_embedding"],
            ["text_model.final_layer_norm.weight"] = theirs["ln_final.weight"],
            ["text_model.final_layer_norm.bias"] = theirs["ln_final.bias"],
            ["text_projection.weight"] = theirs["text_projection"].t(), // [D, P] to [P, D]
        };
        int layers = 0;
        for (; theirs.ContainsKey($"transformer.resblocks.{layers}.ln_1.weight"); layers++)
            foreach (string kind in (string[])["weight", "bias"]) Layer($"transformer.resblocks.{layers}.", $"text_model.encoder.layers.{layers}.", kind);
        int width = (int)rows.shape[1];
        var config = new ClipTextConfig
        {
            VocabSize = Vocabulary,
            HiddenSize = width,
            IntermediateSize = 4 * width,
            NumHiddenLayers = layers,
            NumAttentionHeads = heads,
            MaxPositionEmbeddings = (int)theirs["positional_embedding"].shape[0],
            EosTokenId = End,
            ProjectionDim = (int)theirs["text_projection"].shape[1],
        };
        return new(config, Weights.From(ours, name));

        void Layer(string from, string to, string kind)
        {
            var parts = theirs[$"{from}attn.in_proj_{kind}"].chunk(3, 0); // queries, keys, values: [D, D] or [D] each
            foreach (var (part, head) in parts.Zip((string[])["q", "k", "v"])) ours[$"{to}self_attn.{head}_proj.{kind}"] = part;
            foreach (var (here, there) in new[] { ("self_attn.out_proj", "attn.out_proj"), ("layer_norm1", "ln_1"), ("layer_norm2", "ln_2"), ("mlp.fc1", "mlp.c_fc"), ("mlp.fc2", "mlp.c_proj") })
                ours[$"{to}{here}.{kind}"] = theirs[$"{from}{there}.{kind}"];
        }
    }
}

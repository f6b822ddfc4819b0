using PortraitGen.Gpu.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using LayerNorm = PortraitGen.Gpu.Models.Layers.LayerNorm;
using Linear = PortraitGen.Gpu.Models.Layers.Linear;

namespace PortraitGen.Gpu.Models.Clip;

/// <summary>The text half of CLIP.</summary>
/// <remarks>Source: transformers, CLIPTextModelWithProjection; parameter names are the same.</remarks>
public sealed class ClipTextEncoder : IDisposable
{
    /// <summary>Historical configs say 2 whatever the vocabulary is; there the largest id of a row is its end.</summary>
    private const int LegacyEos = 2;
    private readonly Parameter _tokens, _positions;
    private readonly ClipLayer[] _layers;
    private readonly LayerNorm _norm;
    private readonly Linear? _projection;

    /// <summary>Builds the model and takes the weights over.</summary>
    /// <exception cref="WeightsException">Tensors are missing, left over or misshapen; each is named.</exception>
    public ClipTextEncoder(ClipTextConfig config, Weights weights)
    {
        (Config, Weights) = (config, weights);
        _tokens = weights.Claim("text_model.embeddings.token_embedding.weight", config.VocabSize, config.HiddenSize);
        _positions = weights.Claim("text_model.embeddings.position_embedding.weight", config.MaxPositionEmbeddings, config.HiddenSize);
        weights.Ignore("text_model.embeddings.position_ids"); // 0, 1, 2, ...: older files carry it
        _layers = [.. Enumerable.Range(0, config.NumHiddenLayers).Select(i => new ClipLayer(weights, $"text_model.encoder.layers.{i}", config))];
        _norm = new(weights, "text_model.final_layer_norm", config.HiddenSize, config.LayerNormEps);
        if (config.WithProjection) _projection = weights.Linear("text_projection", config.HiddenSize, config.ProjectionDim, bias: false);
        weights.Close("CLIPTextModel");
    }

    public ClipTextConfig Config { get; }

    public Weights Weights { get; }

    /// <param name="ids">[B, L] int64, L at most the number of positions, ids below the vocabulary's size.</param>
    /// <exception cref="ArgumentException">More tokens than positions.</exception>
    public ClipTextOutput Forward(Tensor ids)
    {
        long batch = ids.shape[0], length = ids.shape[1];
        if (length > Config.MaxPositionEmbeddings)
            throw new ArgumentException($"{length} text tokens are too many; this encoder has {Config.MaxPositionEmbeddings} positions.");
        var x = _tokens.index_select(0, ids.flatten()).view(batch, length, -1) + _positions.narrow(0, 0, length); // [B, L, D]
        var penultimate = x;
        foreach (var layer in _layers) (penultimate, x) = (x, Block.Run(false, inputs => [layer.Forward(inputs[0])], x)[0]);
        var last = _norm.Forward(x);                                                                              // [B, L, D]
        var end = EndOfText(ids).view(batch, 1, 1).expand(batch, 1, Config.HiddenSize);
        var pooled = last.gather(1, end).squeeze(1);                                                              // [B, D]
        return new ClipTextOutput(last, penultimate, _norm.Forward(penultimate), pooled, _projection?.Forward(pooled));
    }

    public void Dispose() => Weights.Dispose();

    /// <summary>[B]: the first end-of-text token of each row.</summary>
    private Tensor EndOfText(Tensor ids)
    {
        var isEnd = Config.EosTokenId == LegacyEos ? ids == ids.amax([1], keepdim: true) : ids == Config.EosTokenId; // [B, L]
        var earlierIsMore = arange(ids.shape[1], 0, -1, ScalarType.Int64, ids.device);                               // no ties, so argmax is defined
        return (isEnd.to(ScalarType.Int64) * earlierIsMore).argmax(1);
    }
}

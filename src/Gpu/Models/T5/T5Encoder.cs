using PortraitGen.Gpu.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.T5;

/// <summary>The encoder of T5 v1.1. All tokens see each other, padding too, as SD3 and FLUX were trained.</summary>
/// <remarks>Source: transformers, T5EncoderModel; parameter names are the same.</remarks>
public sealed class T5Encoder : IDisposable
{
    private readonly Parameter _tokens, _bias;
    private readonly T5Layer[] _layers;
    private readonly RmsNorm _norm;

    /// <summary>Builds the model and takes the weights over.</summary>
    /// <exception cref="WeightsException">Tensors are missing, left over or misshapen; each is named.</exception>
    public T5Encoder(T5Config config, Weights weights)
    {
        (Config, Weights) = (config, weights);
        _tokens = weights.Claim("shared.weight", config.VocabSize, config.DModel);
        weights.Ignore("encoder.embed_tokens.weight"); // the same table under a second name, in some files
        // The first layer's table serves all layers.
        _bias = weights.Claim("encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight", config.RelativeAttentionNumBuckets, config.NumHeads);
        _layers = [.. Enumerable.Range(0, config.NumLayers).Select(i => new T5Layer(weights, config, i))];
        _norm = new(weights, "encoder.final_layer_norm", config.DModel, config.LayerNormEpsilon);
        weights.Close(T5Config.ClassName);
    }

    public T5Config Config { get; }

    public Weights Weights { get; }

    /// <param name="ids">[B, L] int64, below the vocabulary's size.</param>
    /// <returns>Last hidden state, [B, L, D].</returns>
    public Tensor Forward(Tensor ids)
    {
        long batch = ids.shape[0], length = ids.shape[1];
        var x = _tokens.index_select(0, ids.flatten()).view(batch, length, -1);                                             // [B, L, D]
        var bias = _bias.index_select(0, Buckets(length).flatten()).view(length, length, -1).permute(2, 0, 1).unsqueeze(0); // [1, H, L, L]
        foreach (var layer in _layers) x = Block.Run(false, inputs => [layer.Forward(inputs[0], bias)], x)[0];
        return _norm.Forward(x);
    }

    public void Dispose() => Weights.Dispose();

    /// <summary>Which entry of the bias table a pair of positions has, [L, L]: exact when near, logarithmic when far, apart for before and after.</summary>
    private Tensor Buckets(long length)
    {
        int half = Config.RelativeAttentionNumBuckets / 2, exact = half / 2;
        var at = arange(length, ScalarType.Int64, Weights.Device);
        var distance = at.unsqueeze(0) - at.unsqueeze(1); // [L, L], seen minus seeing
        var after = (distance > 0).to(ScalarType.Int64) * half;
        distance = distance.abs();
        // fp32 as in the original: at powers of two the rounding decides.
        var far = (log(distance.to(ScalarType.Float32) / exact) / Math.Log((double)Config.RelativeAttentionMaxDistance / exact) * (half - exact)).to(ScalarType.Int64) + exact;
        return after + where(distance < exact, distance, far.clamp_max(half - 1));
    }
}

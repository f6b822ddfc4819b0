using PortraitGen.Domain.Maths;
using PortraitGen.Gpu.Models.Clip;
using PortraitGen.Gpu.Models.Sd3;
using PortraitGen.Gpu.Tensors;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace PortraitGen.Gpu.Pretraining;

/// <summary>How a base model is trained.</summary>
/// <param name="Seed">Names every random draw.</param>
/// <param name="Steps">Updates in all.</param>
/// <param name="Batch">Latents an update.</param>
/// <param name="Peak">Peak learning rate.</param>
/// <param name="CaptionDropout">Share of captions replaced by the empty one, so that guidance works.</param>
/// <param name="Ema">Decay of the averaged weights, which are the ones that ship.</param>
public sealed record BaseTraining(ulong Seed, int Steps, int Batch, double Peak = 1e-3, double CaptionDropout = 0.1, double Ema = 0.999);

/// <summary>Trains MMDiT and both CLIP encoders together by flow matching on latents (logit-normal sigmas, as SD3, arXiv 2403.03206).</summary>
public sealed class BaseTrainer : IDisposable
{
    private readonly Sd3Transformer _transformer;
    private readonly Sd3TextEncoder _text;
    private readonly BaseTraining _training;
    private readonly AdamW _optimizer;
    private readonly IReadOnlyList<(string Name, Parameter Value)> _parameters;
    private readonly Dictionary<string, Tensor> _ema = [];

    public BaseTrainer(Sd3Transformer transformer, ClipTextEncoder encoder1, ClipTextEncoder encoder2, Sd3TextEncoder text, BaseTraining training)
    {
        (_transformer, _text, _training) = (transformer, text, training);
        transformer.Weights.RequireGrad(true);
        encoder1.Weights.RequireGrad(true);
        encoder2.Weights.RequireGrad(true);
        _parameters =
        [
            .. transformer.Weights.Parameters.Select(p => ("transformer." + p.Name, p.Value)),
            .. encoder1.Weights.Parameters.Select(p => ("text_encoder." + p.Name, p.Value)),
            .. encoder2.Weights.Parameters.Select(p => ("text_encoder_2." + p.Name, p.Value)),
        ];
        _optimizer = new AdamW(_parameters, beta2: 0.99, weightDecay: 0.01);
        foreach (var (name, value) in _parameters) _ema[name] = value.detach().clone().DetachFromDisposeScope();
    }

    public long Step => _optimizer.Steps;

    /// <summary>One update.</summary>
    /// <param name="latents">All training latents in model scale, float32 [N, C, h, w].</param>
    /// <param name="captions">Their captions, N of them.</param>
    /// <returns>The flow-matching loss, mean over elements.</returns>
    public double Update(Tensor latents, IReadOnlyList<string> captions)
    {
        using var scope = NewDisposeScope();
        var stream = CounterRng.For(_training.Seed, "base-batch", Step);
        int b = _training.Batch;
        var picks = Enumerable.Range(0, b).Select(i => (long)stream.Below(i, captions.Count)).ToArray();
        var prompts = picks.Select((p, i) => stream.Uniform(b + i) < _training.CaptionDropout ? "" : captions[(int)p]).ToArray();
        var x0 = latents.index_select(0, tensor(picks));                                                       // [B,C,h,w]
        var eps = Noise.Normal(CounterRng.For(_training.Seed, "base-noise", Step), x0.shape, x0.device);       // [B,C,h,w]
        var sigma = sigmoid(Noise.Normal(CounterRng.For(_training.Seed, "base-sigma", Step), [b], x0.device)); // [B]
        var s = sigma.reshape(b, 1, 1, 1);                                                                     // [B,1,1,1]
        var (context, pooled) = _text.Encode(prompts);                                                         // [B,L,D], [B,P]
        var v = _transformer.Forward((1 - s) * x0 + s * eps, sigma * 1000, context, pooled);                   // [B,C,h,w]
        var loss = (v - (eps - x0)).square().mean();
        loss.backward();
        _optimizer.Step(LearningRate.At(Step, _training.Steps, _training.Peak, 100), maxNorm: 1);
        Average();
        return loss.item<float>();
    }

    /// <summary>Weights, averaged weights and moments, for the next link of the chain.</summary>
    public IEnumerable<(string Name, Tensor Value)> State() =>
        _parameters.Select(p => ("w." + p.Name, (Tensor)p.Value)).Concat(_ema.Select(p => ("ema." + p.Key, p.Value))).Concat(_optimizer.State());

    /// <summary>Takes over <see cref="State"/> of an earlier link.</summary>
    public void Load(IReadOnlyDictionary<string, Tensor> state, long steps)
    {
        using var off = no_grad();
        foreach (var (name, value) in _parameters)
        {
            value.copy_(state["w." + name]);
            _ema[name].copy_(state["ema." + name]);
        }
        _optimizer.Load(state, steps);
    }

    /// <summary>Puts the averaged weights into the models: what ships.</summary>
    public void UseAverage()
    {
        using var off = no_grad();
        foreach (var (name, value) in _parameters) value.copy_(_ema[name]);
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        foreach (var value in _ema.Values) value.Dispose();
    }

    private void Average()
    {
        using var off = no_grad();
        // A young average leans on the present, or it would remember the random start.
        double decay = Math.Min(_training.Ema, (1.0 + Step) / (10.0 + Step));
        foreach (var (name, value) in _parameters) _ema[name].mul_(decay).add_(value, alpha: 1 - decay);
    }
}

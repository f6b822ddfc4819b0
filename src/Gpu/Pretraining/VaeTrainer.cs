using PortraitGen.Domain.Maths;
using PortraitGen.Gpu.Models.Vae;
using PortraitGen.Gpu.Tensors;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace PortraitGen.Gpu.Pretraining;

/// <summary>How a VAE is trained.</summary>
/// <param name="Seed">Names every random draw.</param>
/// <param name="Steps">Updates in all; the learning rate's schedule ends there.</param>
/// <param name="Batch">Images an update.</param>
/// <param name="Peak">Peak learning rate.</param>
/// <param name="KlWeight">Weight of KL(q || N(0, I)), per latent element: keeps latents near unit scale without costing texture.</param>
public sealed record VaeTraining(ulong Seed, int Steps, int Batch, double Peak = 1e-3, double KlWeight = 1e-4);

/// <summary>Trains an AutoencoderKL on images: reconstruction in pixels and in differences of neighbours, so that skin texture counts.</summary>
public sealed class VaeTrainer : IDisposable
{
    private readonly AutoencoderKL _vae;
    private readonly AdamW _optimizer;
    private readonly VaeTraining _training;

    public VaeTrainer(AutoencoderKL vae, VaeTraining training)
    {
        (_vae, _training) = (vae, training);
        vae.Weights.RequireGrad(true);
        _optimizer = new AdamW(vae.Weights.Parameters, beta2: 0.99, weightDecay: 0);
    }

    public long Step => _optimizer.Steps;

    /// <summary>One update.</summary>
    /// <param name="images">All training images, uint8 [N, 3, H, W].</param>
    /// <returns>The loss and the PSNR of the batch's reconstruction in dB.</returns>
    public (double Loss, double Psnr) Update(Tensor images)
    {
        using var scope = NewDisposeScope();
        var stream = CounterRng.For(_training.Seed, "vae-batch", Step);
        var picks = Enumerable.Range(0, _training.Batch).Select(i => (long)stream.Below(i, (int)images.shape[0])).ToArray();
        var x = images.index_select(0, tensor(picks)).to(float32) / 127.5f - 1;                                  // [B,3,H,W]
        var (mean, logVar) = AutoencoderKL.Split(_vae.Encode(x));                                                          // [B,C,h,w] each
        var noise = Noise.Normal(CounterRng.For(_training.Seed, "vae-noise", Step), mean.shape, x.device);        // [B,C,h,w]
        var y = _vae.Decode(mean + (logVar * 0.5).exp() * noise);                                                 // [B,3,H,W]
        var mse = mse_loss(y, x);
        var texture = mse_loss(y.diff(dim: 3), x.diff(dim: 3)) + mse_loss(y.diff(dim: 2), x.diff(dim: 2));
        var kl = 0.5 * (mean.square() + logVar.exp() - 1 - logVar).mean();
        var loss = mse + 0.5 * texture + 0.05 * l1_loss(y, x) + _training.KlWeight * kl;
        loss.backward();
        _optimizer.Step(LearningRate.At(Step, _training.Steps, _training.Peak, 50), maxNorm: 1);
        return (loss.item<float>(), 10 * Math.Log10(4 / mse.item<float>()));
    }

    /// <summary>Weights and moments, for the next link of the chain.</summary>
    public IEnumerable<(string Name, Tensor Value)> State() => _vae.Weights.State().Concat(_optimizer.State());

    /// <summary>Takes over <see cref="State"/> of an earlier link.</summary>
    public void Load(IReadOnlyDictionary<string, Tensor> state, long steps)
    {
        _vae.Weights.CopyFrom(state.Where(p => !p.Key.StartsWith("m.", StringComparison.Ordinal) && !p.Key.StartsWith("v.", StringComparison.Ordinal)).ToDictionary(p => p.Key, p => p.Value));
        _optimizer.Load(state, steps);
    }

    public void Dispose() => _optimizer.Dispose();
}

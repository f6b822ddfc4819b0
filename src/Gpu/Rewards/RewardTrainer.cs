using PortraitGen.Domain.Maths;
using PortraitGen.Domain.Rewards;
using PortraitGen.Gpu.Tensors;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace PortraitGen.Gpu.Rewards;

/// <summary>The images a reward learns from, uint8 [·, 3, H, W] each.</summary>
/// <param name="Real">Real portraits after the VAE round trip.</param>
/// <param name="Others">Generated and corrupted ones.</param>
/// <param name="Labels">What each of the others is, <see cref="ImageLabel"/>.</param>
/// <param name="Rollouts">A refresh: the policy's own images; empty otherwise.</param>
public sealed record RewardData(Tensor Real, Tensor Others, long[] Labels, Tensor Rollouts);

/// <summary>Trains the two rewards: <c>omni</c> by Bradley-Terry on pairs, <c>ai-portrait</c> as real-or-not with soft labels; both name the flaw besides.</summary>
public sealed class RewardTrainer : IDisposable
{
    private const int Half = 16;
    private const double Peak = 2e-3, RefreshRate = 5e-4;
    private readonly RewardNet _net;
    private readonly AdamW _optimizer;
    private readonly string _name;
    private readonly ulong _seed;

    public RewardTrainer(RewardNet net, string name, ulong seed)
    {
        (_net, _name, _seed) = (net, name, seed);
        net.Weights.RequireGrad(true);
        _optimizer = new AdamW(net.Weights.Parameters, beta2: 0.99, weightDecay: 1e-4);
    }

    /// <summary>One update.</summary>
    /// <param name="data">What to draw from.</param>
    /// <param name="total">End of the schedule; later updates are refreshes.</param>
    /// <returns>The loss, and the share of pairs (real, other) that are ranked rightly.</returns>
    public (double Loss, double Accuracy) Update(RewardData data, int total)
    {
        using var scope = NewDisposeScope();
        long step = _optimizer.Steps;
        var draws = CounterRng.For(_seed, "reward-batch/" + _name, step);
        var real = Augment(Pick(data.Real, draws, 0), draws, 1000);            // [Half,3,H,W]
        var (images, labels) = Others(data, draws);
        var other = Augment(images, draws, 2000);                              // [Half,3,H,W]
        var (score, flaw) = _net.Forward(cat([real, other]));                  // [2 Half], [2 Half, labels]
        var (up, down) = (score.narrow(0, 0, Half), score.narrow(0, Half, Half));
        var ranking = _name == RewardNames.Omni
            ? softplus(down - up).mean()                                       // Bradley-Terry: -log sigmoid(r_w - r_l)
            : SoftLabel(up, 0.95) + SoftLabel(down, 0.05);
        var target = cat([full([Half], (long)ImageLabel.Captured), tensor(labels)]);
        // Logits stay in the range where group statistics mean something.
        var loss = ranking + 0.3 * cross_entropy(flaw, target) + 1e-3 * score.square().mean();
        loss.backward();
        _optimizer.Step(step < total ? LearningRate.At(step, total, Peak, 20) : RefreshRate, maxNorm: 1);
        return (loss.item<float>(), (up.unsqueeze(1) > down.unsqueeze(0)).to(float32).mean().item<float>());
    }

    /// <summary>Weights and moments, for the next link of the chain.</summary>
    public IEnumerable<(string Name, Tensor Value)> State() => _net.Weights.State().Concat(_optimizer.State());

    /// <summary>Takes over <see cref="State"/> of an earlier link.</summary>
    public void Load(IReadOnlyDictionary<string, Tensor> state, long steps)
    {
        _net.Weights.CopyFrom(_net.Weights.Names.ToDictionary(n => n, n => state[n]));
        _optimizer.Load(state, steps);
    }

    public void Dispose() => _optimizer.Dispose();

    private static Tensor SoftLabel(Tensor logits, double label) => binary_cross_entropy_with_logits(logits, full_like(logits, label));

    private static Tensor Pick(Tensor images, CounterRng draws, int offset) =>
        images.index_select(0, tensor(Enumerable.Range(0, Half).Select(i => (long)draws.Below(offset + i, (int)images.shape[0])).ToArray()));

    /// <summary>In a refresh half of the others are the policy's own images, of this epoch and the one before.</summary>
    private static (Tensor Images, long[] Labels) Others(RewardData data, CounterRng draws)
    {
        int fresh = data.Rollouts.shape[0] > 0 ? Half / 2 : 0;
        var old = Enumerable.Range(0, Half - fresh).Select(i => (long)draws.Below(100 + i, data.Labels.Length)).ToArray();
        var images = data.Others.index_select(0, tensor(old));
        var labels = old.Select(i => data.Labels[i]);
        if (fresh == 0) return (images, [.. labels]);
        var picks = Enumerable.Range(0, fresh).Select(i => (long)draws.Below(200 + i, (int)data.Rollouts.shape[0])).ToArray();
        return (cat([images, data.Rollouts.index_select(0, tensor(picks))]), [.. labels, .. Enumerable.Repeat((long)ImageLabel.Generated, fresh)]);
    }

    /// <summary>Mirrors, shifts and re-exposes, so that neither place nor brightness tells real from generated.</summary>
    private static Tensor Augment(Tensor bytes, CounterRng draws, int offset)
    {
        var x = Pixels.ToFloat(bytes);
        var each = Enumerable.Range(0, (int)x.shape[0]).Select(i =>
        {
            var one = x[i].unsqueeze(0);
            if (draws.Uniform(offset + 4 * i) < 0.5) one = one.flip(3);
            one = roll(one, [draws.Below(offset + 4 * i + 1, 5) - 2, draws.Below(offset + 4 * i + 2, 5) - 2], [2, 3]);
            return one * (0.9 + 0.2 * draws.Uniform(offset + 4 * i + 3));
        });
        return cat([.. each]).clamp(-1, 1);
    }
}

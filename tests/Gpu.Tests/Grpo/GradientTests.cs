using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Grpo;
using PortraitGen.Domain.Maths;
using PortraitGen.Gpu.Grpo;
using PortraitGen.Gpu.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests.Grpo;

public sealed class GradientTests : IAsyncLifetime
{
    private static readonly double[][] Advantage = [[1.2, -0.7], [0.4, -2.1]];
    private static readonly double[] ExemplarAdvantage = [1, 0.6];
    private Slices _slices = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private CampaignSpec Spec => _slices.Campaign.Spec;

    public async ValueTask InitializeAsync() => _slices = await Slices.CreateAsync(Cancel);

    public ValueTask DisposeAsync()
    {
        _slices.Dispose();
        return default;
    }

    [Theory]
    [InlineData(0), InlineData(0.5)]
    public void The_on_policy_gradient_is_the_slope_of_the_log_probabilities_in_double(double kl)
    {
        using var scope = NewDisposeScope();
        var rollout = _slices.Rollout(Spec.Exemplars, _slices.Groups).Output("rollout");
        var result = _slices.Gradient(_slices.GradientOf(Spec.Exemplars, Spec.Optimizer with { KlWeight = kl }, _slices.Groups, rollout.Hash, Advantage, ExemplarAdvantage));
        var stored = RolloutTensors.Read(_slices.Campaign.Read(rollout.Hash));
        AssertSlope(_slices.Tensors(result.Output("onPolicy")), velocity => SurrogateOf(velocity, stored.X, stored.V, stored.Z, Advantage) + (kl == 0 ? 0 : kl * KlOf(velocity, stored.X)));
        Assert.Equal(0, result.Values["logRatioAbs"]!.GetValue<double>(), 1e-6);
        Assert.Equal(1, result.Values["ratio"]!.GetValue<double>(), 1e-6);
        Assert.InRange(result.Values["z2"]!.GetValue<double>(), 0.9, 1.1);
    }

    [Fact]
    public void By_inverse_length_each_steps_slope_is_divided_by_its_share_of_an_even_grid()
    {
        using var scope = NewDisposeScope();
        var spec = Spec with { Sampler = Spec.Sampler with { Shift = 3 } };
        var rollout = _slices.Rollout(Spec.Exemplars, _slices.Groups, spec: spec).Output("rollout");
        var optimizer = Spec.Optimizer with { KlWeight = 0, StepWeight = StepWeight.InverseLength };
        var result = _slices.Gradient(_slices.GradientOf(Spec.Exemplars, optimizer, _slices.Groups, rollout.Hash, Advantage, ExemplarAdvantage, spec: spec));
        var stored = RolloutTensors.Read(_slices.Campaign.Read(rollout.Hash));
        double[] grid = SigmaGrid.Uniform(spec.Sampler.Steps, 3), weights = [1 / (4 * (grid[1] - grid[2])), 1 / (4 * (grid[2] - grid[3]))];
        Assert.True(weights[0] > 1.2 * weights[1], "the steps differ in length");
        AssertSlope(_slices.Tensors(result.Output("onPolicy")), velocity => SurrogateOf(velocity, stored.X, stored.V, stored.Z, Advantage, grid, weights));
    }

    [Fact]
    public void The_exemplar_gradient_is_half_the_advantage_times_the_slope_of_flow_matching()
    {
        using var scope = NewDisposeScope();
        var rollout = _slices.Rollout(Spec.Exemplars, _slices.Groups).Output("rollout");
        var result = _slices.Gradient(_slices.GradientOf(Spec.Exemplars, Spec.Optimizer, _slices.Groups, rollout.Hash, Advantage, ExemplarAdvantage));
        var gradient = _slices.Tensors(result.Output("exemplar"));
        AssertSlope(gradient, FlowMatching);
        Assert.Equal(0, result.Values["exemplarLogRatio"]!.GetValue<double>(), 1e-6);

        // Objective sft: no rollout at all, the same pull.
        var sft = _slices.Gradient(_slices.GradientOf(Spec.Exemplars, Spec.Optimizer, _slices.Groups, null, [[], []], ExemplarAdvantage));
        foreach (var (name, value) in _slices.Tensors(sft.Output("exemplar"))) GoldenTensors.AssertClose(gradient[name], value, 1e-6, name);
        Assert.All(_slices.Tensors(sft.Output("onPolicy")), p => Assert.Equal(0, p.Value.abs().max().item<float>()));
    }

    [Fact]
    public void The_inverted_exemplars_gradient_is_the_slope_of_their_log_probabilities()
    {
        using var scope = NewDisposeScope();
        var belm = Spec.Exemplars with { Method = ExemplarMethod.Belm };
        var rollout = _slices.Rollout(belm, _slices.Groups);
        var result = _slices.Gradient(_slices.GradientOf(belm, Spec.Optimizer with { KlWeight = 0 }, _slices.Groups, rollout.Output("rollout").Hash, Advantage, ExemplarAdvantage));
        var stored = RolloutTensors.Read(_slices.Campaign.Read(rollout.Output("rollout").Hash));
        AssertSlope(_slices.Tensors(result.Output("exemplar")), velocity => SurrogateOf(velocity, stored.ExemplarX, stored.ExemplarV, stored.ExemplarZ, [.. ExemplarAdvantage.Select(a => new[] { a })]));
        // A noiseless path scored by a noisy kernel lies near the mode of every step, far inside the typical set.
        Assert.InRange(result.Values["exemplarZ2"]!.GetValue<double>(), 0.01, 0.9);
    }

    [Fact]
    public void Of_an_inverted_path_steps_with_too_little_noise_teach_nothing()
    {
        using var scope = NewDisposeScope();
        var belm = Spec.Exemplars with { Method = ExemplarMethod.Belm };
        double[] grid = SigmaGrid.Uniform(Spec.Sampler.Steps, Spec.Sampler.Shift);
        double[] stds = [.. Enumerable.Range(1, 2).Select(i => KernelStep.For(Spec.Sampler.Kernel, Spec.Sampler.Noise, grid[i], grid[i + 1], grid[1]).Std)];
        Assert.True(stds[0] > stds[1], "the window's second step has less noise");
        var rollout = _slices.Rollout(belm, _slices.Groups).Output("rollout").Hash;
        var stored = RolloutTensors.Read(_slices.Campaign.Read(rollout));

        Dictionary<string, Tensor> half = Gradient((stds[0] + stds[1]) / 2), none = Gradient(1);
        Assert.All(none.Values, value => Assert.Equal(0, value.abs().max().item<float>()));
        AssertSlope(half, velocity => SurrogateOf(velocity, stored.ExemplarX.narrow(0, 0, 1), stored.ExemplarV.narrow(0, 0, 1), stored.ExemplarZ.narrow(0, 0, 1), [.. ExemplarAdvantage.Select(a => new[] { a })]));

        Dictionary<string, Tensor> Gradient(double least) => _slices.Tensors(_slices.Gradient(_slices.GradientOf(belm with { MinStd = least },
            Spec.Optimizer with { KlWeight = 0 }, _slices.Groups, rollout, Advantage, ExemplarAdvantage)).Output("exemplar"));
    }

    [Fact]
    public void Two_slices_add_up_to_one()
    {
        using var scope = NewDisposeScope();
        var whole = Sums(_slices.Groups, Advantage, ExemplarAdvantage);
        var first = Sums([_slices.Groups[0]], [Advantage[0]], [ExemplarAdvantage[0]]);
        var second = Sums([_slices.Groups[1]], [Advantage[1]], [ExemplarAdvantage[1]]);
        foreach (string name in whole.Keys)
            GoldenTensors.AssertClose(whole[name], first[name] + second[name], 1e-5 * (1e-2 + whole[name].abs().max().item<float>()), name);

        Dictionary<string, Tensor> Sums(GroupRef[] groups, double[][] generated, double[] exemplar)
        {
            var rollout = _slices.Rollout(Spec.Exemplars, groups).Output("rollout");
            var made = _slices.Gradient(_slices.GradientOf(Spec.Exemplars, Spec.Optimizer, groups, rollout.Hash, generated, exemplar));
            return _slices.Tensors(made.Output("onPolicy")).Select(p => ("on-policy " + p.Key, p.Value)).Concat(_slices.Tensors(made.Output("exemplar")).Select(p => ("exemplar " + p.Key, p.Value))).ToDictionary(p => p.Item1, p => p.Value);
        }
    }

    [Theory]
    [InlineData(ExemplarMethod.Off), InlineData(ExemplarMethod.Fresh), InlineData(ExemplarMethod.Belm)]
    public void A_rollout_of_another_policy_is_no_on_policy_rollout(ExemplarMethod method)
    {
        using var scope = NewDisposeScope();
        var exemplars = Spec.Exemplars with { Method = method };
        var rollout = _slices.Rollout(exemplars, _slices.Groups, _slices.Moved(_slices.Policy, 9)).Output("rollout");
        var input = _slices.GradientOf(exemplars, Spec.Optimizer, _slices.Groups, rollout.Hash, Advantage, ExemplarAdvantage);
        var failed = Assert.Throws<ShardFailedException>(() => _slices.Gradient(input));
        Assert.Equal(FailureClasses.Infra, failed.FailureClass);
        Assert.Contains("to itself", failed.Message, StringComparison.Ordinal);

        // As an epoch's later step it is welcome, and the failure before has left no gradient behind.
        var later = _slices.Gradient(input with { OnPolicy = false });
        Assert.True(later.Values["logRatioAbs"]!.GetValue<double>() > 1e-5);
        using var fresh = new ModelPoolReset(_slices.Campaign);
        Assert.Equal(later.Outputs, fresh.Gradient(input with { OnPolicy = false }, Cancel).Outputs);
    }

    [Fact]
    public void A_clipped_sample_pulls_no_more_only_in_the_direction_of_its_advantage()
    {
        using var scope = NewDisposeScope();
        using var logRatio = tensor(new float[] { 0.5f, -0.5f, 0.5f, -0.5f, 0 }).requires_grad_();
        var advantage = tensor(new float[] { 1, -1, -1, 1, 2 });
        var loss = Surrogate.Loss(logRatio, advantage, 0.2);
        loss.backward();
        double up = Math.Exp(0.5), down = Math.Exp(-0.5);
        Assert.Equal(-(1.2 - 0.8 - up + down + 2), loss.item<float>(), 1e-5);
        float[] expected = [0, 0, (float)up, -(float)down, -2];
        GoldenTensors.AssertClose(tensor(expected), logRatio.grad!, 1e-5, "slopes");
        Assert.Equal(2.5e-4 * 8, Surrogate.ClipFor(2.5e-4, 1024), 12);
        Assert.Equal(0.8, Surrogate.ClipFraction(logRatio, 0.2), 6);
    }

    [Fact]
    public void A_NaN_in_the_policy_ends_the_shard_by_name()
    {
        using var scope = NewDisposeScope();
        var rollout = _slices.Rollout(Spec.Exemplars, _slices.Groups).Output("rollout");
        var adapter = PolicyState.ReadAdapter(_slices.Campaign.Read(_slices.Policy));
        adapter.OrderBy(p => p.Key, StringComparer.Ordinal).First().Value[0, 0] = float.NaN;
        var broken = _slices.Store(adapter);
        var input = _slices.GradientOf(Spec.Exemplars, Spec.Optimizer, _slices.Groups, rollout.Hash, Advantage, ExemplarAdvantage) with { Policy = broken };
        var gradient = Assert.Throws<ShardFailedException>(() => _slices.Gradient(input));
        Assert.Equal(FailureClasses.Nan, gradient.FailureClass);
        Assert.Contains("velocity at term 1 of the loss in epoch 1", gradient.Message, StringComparison.Ordinal);
        var sampled = Assert.Throws<ShardFailedException>(() => _slices.Rollout(Spec.Exemplars, _slices.Groups, broken));
        Assert.Equal(FailureClasses.Nan, sampled.FailureClass);
        Assert.Contains("latents after step 1 of 4", sampled.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Slices_that_do_not_fit_together_are_refused_in_words()
    {
        using var scope = NewDisposeScope();
        var rollout = _slices.Rollout(Spec.Exemplars, _slices.Groups).Output("rollout").Hash;
        var good = _slices.GradientOf(Spec.Exemplars, Spec.Optimizer, _slices.Groups, rollout, Advantage, ExemplarAdvantage);
        Refused(good with { Generated = [[1], [2]] }, "2 samples");
        Refused(good with { Generated = [[1, 2], [3]] }, "unequal size");
        Refused(good with { Exemplar = [1] }, "1 exemplars");
        Refused(good with { Exemplars = Spec.Exemplars with { Levels = 3 } }, "3 levels");
        Refused(good with { Exemplars = Spec.Exemplars with { Method = ExemplarMethod.Belm } }, "without their trajectories");
        Refused(good with { Groups = [.. _slices.Groups.Select(g => g with { Exemplar = g.Exemplar! with { Row = 7 } })] }, "row 7");

        void Refused(GradientInput input, string words)
        {
            var failed = Assert.Throws<ShardFailedException>(() => _slices.Gradient(input));
            Assert.Equal(FailureClasses.UserError, failed.FailureClass);
            Assert.Contains(words, failed.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>-sum A exp(log p(x') - log p_old(x')), the log-probabilities written out as means over dimensions.</summary>
    private double SurrogateOf(Func<Tensor, double, Tensor> velocity, Tensor x, Tensor vOld, Tensor z, double[][] advantage, double[]? levels = null, double[]? weights = null)
    {
        double[] grid = levels ?? SigmaGrid.Uniform(Spec.Sampler.Steps, Spec.Sampler.Shift);
        var weight = tensor(advantage.SelectMany(a => a).ToArray());
        double loss = 0;
        for (int w = 0; w < x.shape[0]; w++)
        {
            double s = grid[1 + w], next = grid[2 + w], c = next * Math.Cos(0.8 * Math.PI / 2), std = next * Math.Sin(0.8 * Math.PI / 2);
            Tensor at = x[w].to(ScalarType.Float64), old = vOld[w].to(ScalarType.Float64);
            Tensor Mu(Tensor v) => (at - s * v) * (1 - next) + (at + (1 - s) * v) * c; // (1 - s') x0h + sqrt(s'^2 - tau^2) eh
            var drawn = Mu(old) + z[w].to(ScalarType.Float64) * std;
            Tensor LogP(Tensor v) => -((drawn - Mu(v)).square() / (2 * std * std)).flatten(1).mean([1]);
            loss -= (weights?[w] ?? 1) * (weight * (LogP(velocity(at, s)) - LogP(old)).exp()).sum().item<double>();
        }
        return loss;
    }

    private double KlOf(Func<Tensor, double, Tensor> velocity, Tensor x)
    {
        double[] grid = SigmaGrid.Uniform(Spec.Sampler.Steps, Spec.Sampler.Shift);
        using var bare = new DoublePolicy(new Dictionary<string, Tensor>(), 2, [.. _slices.Groups.Select(g => g.Caption)]);
        double kl = 0;
        for (int w = 0; w < Spec.Sampler.Window; w++)
        {
            int step = w;
            var kernel = KernelStep.For(Spec.Sampler.Kernel, Spec.Sampler.Noise, grid[1 + w], grid[2 + w], grid[1]);
            var v = velocity(x[w], grid[1 + w]);
            kl += bare.With(new Dictionary<string, Tensor>(), reference => ((v - reference(x[step], grid[1 + step])) * kernel.Cv).square().flatten(1).mean([1]).sum().item<double>()) / (2 * kernel.Std * kernel.Std);
        }
        return kl;
    }

    /// <summary>sum_k A_k / 2 mean((eps - x0 - v)^2) at the levels and noise that the campaign's seed names.</summary>
    private double FlowMatching(Func<Tensor, double, Tensor> velocity)
    {
        var latents = _slices.Tensors(new(_slices.Groups[0].Exemplar!.Latents, 0, MediaTypes.Safetensors))["latents"].to(ScalarType.Float64);
        double loss = 0;
        for (int k = 0; k < 2; k++)
            for (int j = 0; j < Spec.Exemplars.Levels; j++)
            {
                double s = (float)(0.05 + 0.75 * CounterRng.For(5, "exemplar-sigma", 1, k).Uniform(j));
                var eps = new float[256];
                CounterRng.For(5, "exemplar-noise", 1, k, j).Normals(eps);
                Tensor x0 = latents[k].unsqueeze(0), e = tensor(eps, [1, 4, 8, 8]).to(ScalarType.Float64);
                var v = velocity(cat([(1 - s) * x0 + s * e, (1 - s) * x0 + s * e]), s)[k]; // both captions; the k-th is its own
                loss += ExemplarAdvantage[k] / 2 * (e[0] - x0[0] - v).square().mean().item<double>();
            }
        return loss;
    }

    private void AssertSlope(Dictionary<string, Tensor> gradient, Func<Func<Tensor, double, Tensor>, double> objective) => Slope.Assert(_slices, gradient, objective);
}

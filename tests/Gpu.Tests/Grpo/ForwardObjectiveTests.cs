using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Grpo;
using PortraitGen.Domain.Maths;
using PortraitGen.Gpu.Grpo;
using PortraitGen.Gpu.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests.Grpo;

/// <summary>The objectives on the forward process, nft and awm, through the real handlers.</summary>
public sealed class ForwardObjectiveTests : IAsyncLifetime
{
    private static readonly double[][] Advantage = [[1.2, -0.7], [0.4, -2.1]];
    private Slices _slices = null!;

    private ExemplarSpec Off => _slices.Campaign.Spec.Exemplars with { Method = ExemplarMethod.Off, Advantage = AdvantageMode.Off };

    public async ValueTask InitializeAsync() => _slices = await Slices.CreateAsync(TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync()
    {
        _slices.Dispose();
        return default;
    }

    [Theory, InlineData(Likelihood.MeanSquare), InlineData(Likelihood.Ghuber)]
    public void AWMs_gradient_is_the_slope_of_its_ratio_in_double_and_its_ratio_is_one_at_first(Likelihood likelihood)
    {
        using var scope = NewDisposeScope();
        var (stored, result) = Made(Objective.Awm, 0, onPolicy: true, likelihood);
        Assert.Equal([2, 4], stored.Old.shape);
        Assert.Equal(0, result.Values["logRatioAbs"]!.GetValue<double>(), 1e-6);
        Slope.Assert(_slices, _slices.Tensors(result.Output("onPolicy")), velocity => Sum(stored, velocity, (v, _, x, x0, eps, s, a, old) =>
        {
            double loss = eps.Zip(x0, (e, z) => e - z).Zip(v, (t, u) => (t - u) * (t - u)).Average();
            return -a * Math.Exp(likelihood is Likelihood.Ghuber ? -s / 0.3 * (Math.Pow(loss, 0.3) - Math.Pow(old, 0.3)) : -(loss - old) / 2);
        }));
    }

    [Theory]
    [InlineData(0), InlineData(0.3)]
    public void NFTs_gradient_is_the_slope_of_the_scalar_objective_with_its_weights_held(double kl)
    {
        using var scope = NewDisposeScope();
        var (stored, result) = Made(Objective.Nft, kl, onPolicy: false);
        Assert.Equal([2, 4, 4, 8, 8], stored.Old.shape);
        double value = Slope.Value(_slices, velocity => Sum(stored, velocity, (v, old, x, x0, _, s, a, _) => PolicyLoss.Nft(v, old, x, x0, s, 0.7, a)));
        if (kl == 0) Assert.Equal(value / 8, result.Values["loss"]!.GetValue<double>(), 1e-5 * Math.Abs(value)); // 4 images, 2 levels

        // The weights W of the adapter as it is, then held while it moves.
        var held = new List<(double Good, double Bad)>();
        Slope.Value(_slices, velocity => Sum(stored, velocity, (v, old, x, x0, _, s, _, _) =>
        {
            held.Add((Errors(v, old, x, x0, s, 0.7).Average(Math.Abs), Errors(v, old, x, x0, s, -0.7).Average(Math.Abs)));
            return 0;
        }));
        Slope.Assert(_slices, _slices.Tensors(result.Output("onPolicy")), velocity =>
        {
            int i = 0;
            double loss = Sum(stored, velocity, (v, old, x, x0, _, s, a, _) =>
            {
                double r = PolicyLoss.NftReward(a);
                var (good, bad) = held[i++];
                return (r * Errors(v, old, x, x0, s, 0.7).Average(e => e * e) / good + (1 - r) * Errors(v, old, x, x0, s, -0.7).Average(e => e * e) / bad) / 0.7;
            });
            return kl == 0 ? loss : loss + kl * Distance(stored, velocity);
        });
    }

    [Fact]
    public void A_rollout_of_another_objective_is_refused_in_words()
    {
        using var scope = NewDisposeScope();
        var spec = Spec(Objective.Awm);
        var grpo = _slices.Rollout(Off, _slices.Groups).Output("rollout").Hash;
        var input = _slices.GradientOf(Off, spec.Optimizer with { KlWeight = 0 }, _slices.Groups, grpo, Advantage, [0, 0], spec: spec with { Matching = spec.Matching with { Levels = 5 } });
        var failed = Assert.Throws<ShardFailedException>(() => _slices.Gradient(input));
        Assert.Contains("5 terms", failed.Message, StringComparison.Ordinal);
    }

    private CampaignSpec Spec(Objective objective) => _slices.Campaign.Spec with
    {
        Objective = objective,
        Sampler = _slices.Campaign.Spec.Sampler with { Kernel = KernelKind.Ode, SharedStart = false },
        Matching = new() { Levels = 2, MinSigma = 0.1, MaxSigma = 0.9, Beta = 0.7, Power = 0.3 },
    };

    private (RolloutTensors Stored, ShardResult Result) Made(Objective objective, double kl, bool onPolicy, Likelihood likelihood = Likelihood.MeanSquare)
    {
        var plain = Spec(objective);
        var spec = plain with { Matching = plain.Matching with { Likelihood = likelihood } };
        // NFT samples with its old policy, the average.
        var average = CheckpointManifest.Read(_slices.Campaign.Read(_slices.Manifest)).Average!.Hash;
        var rollout = _slices.Rollout(Off, _slices.Groups, objective is Objective.Nft ? average : null, spec).Output("rollout").Hash;
        var optimizer = spec.Optimizer with { KlWeight = kl, KlKind = KlKind.Velocity };
        var input = _slices.GradientOf(Off, optimizer, _slices.Groups, rollout, Advantage, [0, 0], onPolicy, spec);
        var stored = RolloutTensors.Read(_slices.Campaign.Read(rollout));
        Assert.True(GoldenTensors.Difference(stored.Final[0], stored.Final[1]) > 0.1, "an own start for each image");
        return (stored, _slices.Gradient(input));
    }

    private static double[] Errors(double[] v, double[] old, double[] x, double[] x0, double s, double b) =>
        [.. Enumerable.Range(0, v.Length).Select(i => x[i] - s * (b * v[i] + (1 - b) * old[i]) - x0[i])];

    /// <summary>A sum over images and levels, the noised latents rebuilt from the seed's streams.</summary>
    private double Sum(RolloutTensors stored, Func<Tensor, double, Tensor> velocity, Func<double[], double[], double[], double[], double[], double, double, double, double> term)
    {
        double sum = 0;
        Each(stored, velocity, (v, n, j, x, eps, s) =>
        {
            double[] old = stored.Old.ndim > 2 ? Doubles(stored.Old[j][n]) : [];
            double oldLoss = stored.Old.ndim > 2 ? 0 : stored.Old[j][n].item<float>();
            sum += term(Doubles(v), old, x, Doubles(stored.Final[n]), eps, s, Advantage[n / 2][n % 2], oldLoss);
        });
        return sum;
    }

    private double Distance(RolloutTensors stored, Func<Tensor, double, Tensor> velocity)
    {
        using var bare = new DoublePolicy(new Dictionary<string, Tensor>(), 2, [.. _slices.Groups.Select(g => g.Caption)]);
        return bare.With(new Dictionary<string, Tensor>(), reference =>
        {
            var (with, without) = (new List<double[]>(), new List<double[]>());
            Each(stored, velocity, (v, _, _, _, _, _) => with.Add(Doubles(v)));
            Each(stored, reference, (v, _, _, _, _, _) => without.Add(Doubles(v)));
            return with.Zip(without, (a, b) => GaussianRatio.VelocityKl(a, b)).Sum();
        });
    }

    private static void Each(RolloutTensors stored, Func<Tensor, double, Tensor> velocity, Action<Tensor, int, int, double[], double[], double> see)
    {
        for (int n = 0; n < 4; n++)
            for (int j = 0; j < 2; j++)
            {
                using var scope = NewDisposeScope();
                double s = (float)(0.1 + 0.8 * CounterRng.For(5, "matching-sigma", 1, n / 2, n % 2).Uniform(j));
                var noise = new float[256];
                CounterRng.For(5, "matching-noise", 1, n / 2, n % 2, j).Normals(noise);
                Tensor eps = tensor(noise, [1, 4, 8, 8]).to(ScalarType.Float64), x = (1 - s) * stored.Final[n].to(ScalarType.Float64) + s * eps;
                see(velocity(cat([x, x]), s)[n / 2], n, j, Doubles(x), Doubles(eps), s); // both captions; the image's own is taken
            }
    }

    private static double[] Doubles(Tensor t) => t.to(ScalarType.Float64).flatten().data<double>().ToArray();
}

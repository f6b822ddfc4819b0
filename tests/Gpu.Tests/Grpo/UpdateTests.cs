using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Grpo;
using PortraitGen.Gpu.Grpo;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Gpu.Tensors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests.Grpo;

public sealed class UpdateTests : IAsyncLifetime
{
    private Slices _slices = null!;

    public async ValueTask InitializeAsync() => _slices = await Slices.CreateAsync(TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync()
    {
        _slices.Dispose();
        return default;
    }

    [Theory]
    [InlineData(1e6), InlineData(0.05)]
    public void Updates_are_those_of_torchs_AdamW_on_the_divided_and_clipped_sums(double maxNorm)
    {
        using var scope = NewDisposeScope();
        var optimizer = _slices.Campaign.Spec.Optimizer with { MaxGradientNorm = maxNorm, LearningRate = 3e-3, WeightDecay = 0.1, Ema = 0.75 };
        var start = StateOf(_slices.Manifest);
        var names = start.Adapter.Keys.Order(StringComparer.Ordinal).ToArray();
        var parameters = names.Select(n => new Parameter(start.Adapter[n].clone())).ToArray();
        using var adam = optim.AdamW(parameters, lr: 3e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.1);
        var average = names.Select(n => start.Adapter[n].clone()).ToArray();
        var manifest = _slices.Manifest;
        for (ulong step = 1; step <= 3; step++)
        {
            Tensor[][] sums = [.. Enumerable.Range(0, 4).Select(i => Draw(names, start, 10 * step + (ulong)i))]; // on-policy of 2 slices, exemplars of 2
            bool finishes = step != 2;
            var made = _slices.Update(manifest, [Stored(names, sums[0], sums[2]), Stored(names, sums[1], sums[3])], 12, 5, optimizer, finishes);
            Assert.Equal(finishes, made.Outputs.ContainsKey("adapter"));
            manifest = made.Output("manifest").Hash;

            for (int p = 0; p < names.Length; p++) parameters[p].grad = (sums[0][p] + sums[1][p]) / 12 + (sums[2][p] + sums[3][p]) / 5;
            double norm = nn.utils.clip_grad_norm_(parameters, maxNorm);
            Assert.Equal(norm, made.Values["gradientNorm"]!.GetValue<double>(), 1e-5 * norm);
            Assert.Equal(maxNorm < 1, norm > maxNorm);
            adam.step();
            var state = StateOf(manifest);
            for (int p = 0; p < names.Length; p++)
            {
                using var off = no_grad();
                if (finishes) average[p] = average[p] * 0.75 + parameters[p] * 0.25;
                GoldenTensors.AssertClose(parameters[p], state.Adapter[names[p]], 1e-6, $"{names[p]} after step {step}");
                GoldenTensors.AssertClose(average[p], state.Average[names[p]], 1e-6, $"average of {names[p]} after step {step}");
            }

            Assert.Equal((long)step, state.Steps);
            Assert.Equal((int)step, CheckpointManifest.Read(_slices.Campaign.Read(manifest)).Version);
        }
    }

    [Theory]
    [InlineData(0.25, true), InlineData(50, false), InlineData(0, false)]
    public void The_exemplar_gradient_takes_no_more_than_its_share(double share, bool cut)
    {
        using var scope = NewDisposeScope();
        var start = StateOf(_slices.Manifest);
        var names = start.Adapter.Keys.Order(StringComparer.Ordinal).ToArray();
        var (onPolicy, exemplar) = (Draw(names, start, 1), Draw(names, start, 2));
        var made = _slices.Update(_slices.Manifest, [Stored(names, onPolicy, exemplar)], 4, 2, _slices.Campaign.Spec.Optimizer with { MaxGradientNorm = 1e6 }, share: share);
        double Norm(Tensor[] of, double count) => Math.Sqrt(of.Sum(t => (t / count).square().sum().item<float>()));
        double own = Norm(onPolicy, 4), real = Norm(exemplar, 2), factor = cut ? share * own / real : 1;
        Assert.Equal(real, made.Values["gradientNormExemplar"]!.GetValue<double>(), 1e-4 * real); // as it was before the cut
        Tensor[] expected = [.. onPolicy.Zip(exemplar, (a, b) => a / 4 + b / 2 * factor)];
        Assert.Equal(Norm(expected, 1), made.Values["gradientNorm"]!.GetValue<double>(), 1e-4 * own);
        // AdamW's first moments are a tenth of the gradient.
        var moments = StateOf(made.Output("manifest").Hash).M;
        for (int p = 0; p < names.Length; p++) GoldenTensors.AssertClose(expected[p] * 0.1, moments[names[p]], 1e-6, names[p]);
    }

    [Fact]
    public void Version_0_changes_nothing_yet_and_a_state_survives_its_bytes()
    {
        using var scope = NewDisposeScope();
        var state = StateOf(_slices.Manifest);
        Assert.All(state.Adapter.Where(p => p.Key.EndsWith("lora_B.weight", StringComparison.Ordinal)), p => Assert.Equal(0, p.Value.abs().max().item<float>()));
        Assert.All(state.Adapter.Where(p => p.Key.EndsWith("lora_A.weight", StringComparison.Ordinal)), p => Assert.True(p.Value.abs().max().item<float>() > 0.1));
        Assert.All(state.M.Concat(state.V), p => Assert.Equal(0, p.Value.abs().max().item<float>()));
        var manifest = CheckpointManifest.Read(_slices.Campaign.Read(_slices.Manifest));
        Assert.Equal((manifest.Policy.Hash, manifest.Average!.Hash, manifest.Moments!.Hash),
            (ContentHash.Of(state.AdapterBytes()), ContentHash.Of(state.AverageBytes()), ContentHash.Of(state.MomentsBytes())));
    }

    /// <summary>Checkpoints of engine 4 and before hold a version in one object: an update from such a one makes what it makes from the same tensors in three.</summary>
    [Fact]
    public void A_version_in_one_object_is_read_like_one_in_three()
    {
        using var scope = NewDisposeScope();
        var manifest = CheckpointManifest.Read(_slices.Campaign.Read(_slices.Manifest));
        var files = new[] { manifest.Policy, manifest.Average!, manifest.Moments! }.Select(part => SafetensorsFile.Open(_slices.Campaign.Read(part.Hash), "part").ReadAll());
        var one = _slices.Campaign.Write(SafetensorsWriter.ToBytes(files.SelectMany(file => file.Select(t => (t.Key, t.Value)))));
        var old = _slices.Campaign.Write((manifest with { Policy = one, Average = null, Moments = null }).ToBytes());
        var names = StateOf(_slices.Manifest).Adapter.Keys.Order(StringComparer.Ordinal).ToArray();
        var gradient = Stored(names, Draw(names, StateOf(_slices.Manifest), 1), Draw(names, StateOf(_slices.Manifest), 2));
        var (before, after) = (_slices.Update(old.Hash, [gradient], 4, 2), _slices.Update(_slices.Manifest, [gradient], 4, 2));
        foreach (string part in new[] { "policy", "average", "moments", "adapter" }) Assert.Equal(after.Output(part), before.Output(part));
    }

    [Fact]
    public void A_step_within_an_epoch_keeps_the_average_object_of_its_parent_and_writes_none()
    {
        using var scope = NewDisposeScope();
        var start = StateOf(_slices.Manifest);
        var names = start.Adapter.Keys.Order(StringComparer.Ordinal).ToArray();
        var made = _slices.Update(_slices.Manifest, [Stored(names, Draw(names, start, 1), Draw(names, start, 2))], 4, 2, finishes: false);
        Assert.DoesNotContain("average", made.Outputs.Keys);
        var (parent, child) = (CheckpointManifest.Read(_slices.Campaign.Read(_slices.Manifest)), CheckpointManifest.Read(_slices.Campaign.Read(made.Output("manifest").Hash)));
        Assert.Equal(parent.Average, child.Average);
        Assert.NotEqual(parent.Policy, child.Policy);
        var wrong = Assert.Throws<SafetensorsException>(() => PolicyState.ReadAdapter(_slices.Campaign.Read(child.Moments!.Hash)));
        Assert.Contains("adapter.", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_update_that_ends_in_NaN_names_the_tensor()
    {
        using var scope = NewDisposeScope();
        var start = StateOf(_slices.Manifest);
        var names = start.Adapter.Keys.Order(StringComparer.Ordinal).ToArray();
        var sums = Draw(names, start, 1);
        sums[3][0, 0] = float.NaN;
        var stored = Stored(names, sums, Draw(names, start, 2));
        var failed = Assert.Throws<ShardFailedException>(() => _slices.Update(_slices.Manifest, [stored], 1, 1));
        Assert.Equal(FailureClasses.Nan, failed.FailureClass);
        Assert.Contains("lora_", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_update_without_gradients_or_with_those_of_another_adapter_is_refused_in_words()
    {
        using var scope = NewDisposeScope();
        var empty = Assert.Throws<ShardFailedException>(() => _slices.Update(_slices.Manifest, [], 1, 1));
        Assert.Contains("stepsPerEpoch", empty.Message, StringComparison.Ordinal);
        var start = StateOf(_slices.Manifest);
        var names = start.Adapter.Keys.Order(StringComparer.Ordinal).ToArray();
        var good = Stored(names, Draw(names, start, 1), Draw(names, start, 2));
        var odd = Stored([.. names.Select(n => n + ".other")], Draw(names, start, 1), Draw(names, start, 2));
        var failed = Assert.Throws<ShardFailedException>(() => _slices.Update(_slices.Manifest, [good, odd], 1, 1));
        Assert.Equal(FailureClasses.UserError, failed.FailureClass);
    }

    private PolicyState StateOf(ContentHash manifest) => PolicyState.Read(CheckpointManifest.Read(_slices.Campaign.Read(manifest)), average: true, _slices.Campaign.Read);

    private static Tensor[] Draw(string[] names, PolicyState like, ulong seed)
    {
        using var noise = new Noise(seed);
        return [.. names.Select(n => noise.Of(like.Adapter[n].shape))];
    }

    private GradientRef Stored(string[] names, Tensor[] onPolicy, Tensor[] exemplar) => new(
        _slices.Campaign.Write(SafetensorsWriter.ToBytes(names.Zip(onPolicy))).Hash, _slices.Campaign.Write(SafetensorsWriter.ToBytes(names.Zip(exemplar))).Hash);
}

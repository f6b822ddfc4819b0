using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Models.Lora;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests.Models;

public sealed class RecomputationTests
{
    [Theory, InlineData(false), InlineData(true)]
    public void An_adapter_gets_the_same_gradients_bit_for_bit_whether_blocks_are_held_or_run_again(bool flux)
    {
        using var model = Model(flux);
        using var noise = new Noise(2);
        using var lora = LoraSet.Attach(model.Weights.Linears, new LoraOptions { Rank = 2, Alpha = 4, Targets = [.. LoraTargets.Attention, .. LoraTargets.FeedForward] }, noise.Of);
        using (no_grad())
        using (NewDisposeScope())
            foreach (var (_, value) in lora.Trainables) value.add_(noise.Of(value.shape) * 0.1);
        using var scope = NewDisposeScope();
        var plain = Gradients(model, flux, lora.Trainables);
        model.Recompute = true;
        var again = Gradients(model, flux, lora.Trainables);
        // In SD3's last block nobody reads what the text asks for.
        Assert.All(lora.Trainables.Zip(plain), pair => Assert.True(pair.First.Name.Contains("transformer_blocks.2.attn.add_q_proj", StringComparison.Ordinal) || pair.Second.abs().max().item<float>() > 0, pair.First.Name));
        Assert.All(plain.Zip(again), pair => Assert.Equal(0, GoldenTensors.Difference(pair.Second, pair.First)));
    }

    [Theory, InlineData(false), InlineData(true)]
    public void Every_parameter_gets_the_same_gradient_up_to_the_order_of_sums(bool flux)
    {
        using var model = Model(flux);
        using var scope = NewDisposeScope();
        model.Weights.RequireGrad(true);
        var plain = Gradients(model, flux, model.Weights.Parameters);
        model.Recompute = true;
        var again = Gradients(model, flux, model.Weights.Parameters);
        // The conditioning's gradient is a sum over blocks: its order is another.
        foreach (var (expected, actual) in plain.Zip(again)) GoldenTensors.AssertClose(expected, actual, 1e-5 * expected.abs().max().item<float>() + 1e-9, "gradient");
    }

    [Theory, InlineData(false), InlineData(true)]
    public void Steps_with_recomputation_leave_no_tensor_behind(bool flux)
    {
        using var model = Model(flux);
        model.Recompute = true;
        model.Weights.RequireGrad(true);
        long after = 0;
        for (int step = 0; step < 12; step++)
        {
            using (NewDisposeScope()) Gradients(model, flux, model.Weights.Parameters);
            if (step == 3) after = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        }

        Assert.Equal(after, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
    }

    private static ILatentTransformer Model(bool flux) => flux ? TinyModels.FluxTransformer(1) : TinyModels.TrainedTransformer(1, TinyModels.Sd3 with { NumLayers = 3, QkNorm = "rms_norm", DualAttentionLayers = [0] });

    private static List<Tensor> Gradients(ILatentTransformer model, bool flux, IReadOnlyList<(string Name, TorchSharp.Modules.Parameter Value)> parameters)
    {
        using var noise = new Noise(3);
        var (context, pooled) = flux ? (noise.Of(2, 5, 8), noise.Of(2, 16)) : (noise.Of(2, 5, 40), noise.Of(2, 24));
        model.Forward(noise.Of(2, 4, 8, 8), tensor([700f, 20f]), context, pooled).square().sum().backward();
        var gradients = parameters.Select(parameter => parameter.Value.grad?.clone() ?? zeros_like(parameter.Value)).ToList();
        foreach (var (_, value) in parameters) value.grad = null;
        return gradients;
    }
}

using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests.Models;

public sealed class Sd3TrainingTests
{
    [Fact]
    public void A_fresh_model_says_zero_velocity_and_every_block_begins_as_identity()
    {
        using var scope = NewDisposeScope();
        using var model = TinyModels.Transformer(1);
        using var noise = new Noise(2);
        var velocity = model.Forward(noise.Of(1, 4, 8, 8), tensor([500f]), noise.Of(1, 3, 40), noise.Of(1, 24));
        Assert.Equal(0, velocity.abs().max().item<float>());
    }

    [Fact]
    public void Prompt_embeddings_carry_gradients_to_both_text_encoders()
    {
        using var scope = NewDisposeScope();
        using var pipeline = TinyModels.Pipeline(3);
        pipeline.TextEncoder.Encoder1.Weights.RequireGrad(true);
        pipeline.TextEncoder.Encoder2.Weights.RequireGrad(true);
        using var noise = new Noise(4);
        var (context, pooled) = pipeline.TextEncoder.Encode(["a woman", "a portrait of a man"]);
        Assert.Equal([2, 12, 40], context.shape);
        Assert.Equal([2, 24], pooled.shape);
        Assert.Equal(0, context.narrow(2, 32, 8).abs().max().item<float>());

        pipeline.Transformer.Forward(noise.Of(2, 4, 8, 8), tensor([500f, 20f]), context, pooled).square().sum().backward();
        foreach (var encoder in new[] { pipeline.TextEncoder.Encoder1, pipeline.TextEncoder.Encoder2 })
            Assert.All(encoder.Weights.Parameters, weight => Assert.True(weight.Value.grad!.abs().max().item<float>() > 0, weight.Name));
    }

    [Fact]
    public void A_scope_per_step_leaves_no_tensor_behind()
    {
        using var model = TinyModels.TrainedTransformer(5);
        model.Weights.RequireGrad(true);
        using var noise = new Noise(6);
        long after = 0;
        for (int step = 0; step < 20; step++)
        {
            using var scope = NewDisposeScope();
            model.Forward(noise.Of(1, 4, 8, 8), tensor([500f]), noise.Of(1, 3, 40), noise.Of(1, 24)).square().mean().backward();
            foreach (var (_, value) in model.Weights.Parameters) value.grad!.zero_();
            scope.Dispose();
            if (step == 2) after = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        }

        Assert.Equal(after, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
        Assert.False(model.Weights["proj_out.weight"].IsInvalid);
    }

    [Fact]
    public void Half_precision_weights_give_nearly_the_same_velocity()
    {
        using var scope = NewDisposeScope();
        using var model = TinyModels.TrainedTransformer(7);
        var state = model.Weights.State().ToDictionary(tensor => tensor.Name, tensor => tensor.Value);
        using var half = new PortraitGen.Gpu.Models.Sd3.Sd3Transformer(model.Config, PortraitGen.Gpu.Models.Weights.From(state, dtype: ScalarType.BFloat16));
        using var noise = new Noise(8);
        Tensor x = noise.Of(1, 4, 8, 8), context = noise.Of(1, 3, 40), pooled = noise.Of(1, 24), t = tensor([500f]);
        Tensor full = model.Forward(x, t, context, pooled), rough = half.Forward(x, t, context, pooled);
        Assert.Equal(ScalarType.Float32, rough.dtype);
        double scale = full.abs().max().item<float>();
        Assert.InRange(GoldenTensors.Difference(rough, full), 1e-9, 0.05 * scale); // bf16 keeps 8 bits; the layers add a few roundings
    }
}

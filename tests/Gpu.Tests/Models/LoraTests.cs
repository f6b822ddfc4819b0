using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Models.Lora;
using PortraitGen.Gpu.Models.Sd3;
using PortraitGen.Gpu.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests.Models;

public sealed class LoraTests
{
    private static readonly LoraOptions Options = new() { Rank = 3, Alpha = 6, Targets = [.. LoraTargets.Attention, .. LoraTargets.FeedForward] };

    [Fact]
    public void A_fresh_adapter_changes_nothing_and_only_its_tensors_get_gradients()
    {
        using var scope = NewDisposeScope();
        using var model = TinyModels.TrainedTransformer(1);
        using var noise = new Noise(2);
        var before = Velocity(model);
        using var lora = LoraSet.Attach(model.Linears, Options, noise.Of);

        var after = Velocity(model);
        Assert.Equal(0, GoldenTensors.Difference(after, before));

        after.square().sum().backward();
        Assert.All(model.Weights.Parameters, weight => Assert.Null(weight.Value.grad));
        Assert.All(lora.Trainables, tensor => Assert.NotNull(tensor.Value.grad));
        var b = lora.Trainables.First(tensor => tensor.Name.EndsWith("lora_B.weight", StringComparison.Ordinal)).Value;
        Assert.True(b.grad!.abs().max().item<float>() > 0);
    }

    [Fact]
    public void Merged_weights_give_what_the_attached_adapter_gives()
    {
        using var scope = NewDisposeScope();
        using var model = TinyModels.TrainedTransformer(3);
        using var lora = Trained(model, 4);
        var attached = Velocity(model);
        var merged = lora.Merged(model.Weights);
        lora.Enabled = false;
        var reference = Velocity(model);
        lora.Dispose();
        model.Weights.CopyFrom(merged);

        Assert.True(GoldenTensors.Difference(attached, reference) > 1e-3, "the adapter must matter, or this test says nothing");
        GoldenTensors.AssertClose(attached, Velocity(model), 1e-6, "velocity of the merged model");
    }

    [Fact]
    public void Switched_off_or_detached_the_model_is_the_base_again()
    {
        using var scope = NewDisposeScope();
        using var model = TinyModels.TrainedTransformer(5);
        var before = Velocity(model);
        using var lora = Trained(model, 6);
        lora.Enabled = false;
        Assert.Equal(0, GoldenTensors.Difference(Velocity(model), before));
        lora.Enabled = true;
        Assert.True(GoldenTensors.Difference(Velocity(model), before) > 1e-3);
        lora.Detach();
        Assert.Equal(0, GoldenTensors.Difference(Velocity(model), before));
    }

    [Fact]
    public void A_saved_adapter_comes_back_with_PEFT_names_in_a_stable_order()
    {
        using var scope = NewDisposeScope();
        using var model = TinyModels.TrainedTransformer(7);
        using var lora = Trained(model, 8);
        var trained = Velocity(model);
        byte[] bytes = SafetensorsWriter.ToBytes(lora.State(), lora.FileMetadata());
        string[] names = [.. lora.Trainables.Select(tensor => tensor.Name)];
        lora.Dispose();

        using var file = SafetensorsFile.Open(bytes);
        using var again = LoraSet.Attach(model.Linears, file.ReadAll(), LoraSet.AlphaOf(file.Metadata));
        Assert.Equal(0, GoldenTensors.Difference(Velocity(model), trained));
        Assert.Equal(names, again.Trainables.Select(tensor => tensor.Name));
        Assert.Equal(names.Order(StringComparer.Ordinal), names);
        Assert.Contains("transformer.transformer_blocks.0.attn.to_out.0.lora_A.weight", names);
        Assert.Contains("transformer.transformer_blocks.0.ff_context.net.0.proj.lora_B.weight", names);
        Assert.DoesNotContain(names, name => name.Contains("norm1", StringComparison.Ordinal) || name.Contains("proj_out", StringComparison.Ordinal));
    }

    [Fact]
    public void An_adapter_of_another_base_is_refused_and_nothing_is_attached()
    {
        using var scope = NewDisposeScope();
        using var model = TinyModels.TrainedTransformer(9);
        using var deeper = TinyModels.TrainedTransformer(9, TinyModels.Sd3 with { NumLayers = 3 });
        using var wider = TinyModels.TrainedTransformer(9, TinyModels.Sd3 with { NumAttentionHeads = 4, CaptionProjectionDim = 32 });
        foreach (var other in new[] { deeper, wider })
        {
            using var lora = Trained(other, 10);
            var state = lora.State().ToDictionary(tensor => tensor.Name, tensor => tensor.Value);
            Assert.Contains("another base", Assert.Throws<WeightsException>(() => LoraSet.Attach(model.Linears, state)).Message, StringComparison.Ordinal);
            Assert.All(model.Linears.Values, linear => Assert.Null(linear.Adapter));
        }
    }

    private static LoraSet Trained(Sd3Transformer model, ulong seed)
    {
        using var noise = new Noise(seed);
        using var quiet = no_grad();
        var lora = LoraSet.Attach(model.Linears, Options, noise.Of);
        foreach (var (_, value) in lora.Trainables) value.add_(noise.Of(value.shape) * 0.1);
        return lora;
    }

    private static Tensor Velocity(Sd3Transformer model)
    {
        using var noise = new Noise(99);
        var config = model.Config;
        return model.Forward(noise.Of(2, config.InChannels, 8, 6), tensor([700f, 20f]), noise.Of(2, 5, config.JointAttentionDim), noise.Of(2, config.PooledProjectionDim));
    }
}

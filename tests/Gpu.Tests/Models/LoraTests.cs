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

    /// <summary>The traffic table of the documentation stands on these counts.</summary>
    [Theory, InlineData(2, 0, true), InlineData(5, 3, true), InlineData(5, 3, false), InlineData(24, 13, true)]
    public void The_counted_shapes_are_those_of_the_model_and_its_stored_gradient(int blocks, int dual, bool feedForward)
    {
        using var scope = NewDisposeScope();
        var config = TinyModels.Sd3 with { NumLayers = blocks, DualAttentionLayers = [.. Enumerable.Range(0, dual)] };
        using var model = TinyModels.Transformer(9, config);
        using var noise = new Noise(9);
        using var lora = LoraSet.Attach(model.Linears, Options with { Targets = [.. LoraTargets.Attention, .. feedForward ? LoraTargets.FeedForward : []] }, noise.Of);
        long counted = PortraitGen.Domain.Grpo.LoraShapes.Parameters(PortraitGen.Domain.Grpo.LoraShapes.Sd3(blocks, dual, config.InnerDim, feedForward), 3);
        Assert.Equal(lora.Count, counted);
        byte[] stored = SafetensorsWriter.ToBytes(lora.Trainables.Select(t => (t.Name, (Tensor)t.Value)));
        long header = 8 + BitConverter.ToInt64(stored, 0);
        Assert.Equal(header + 4 * counted, stored.Length);
        Assert.InRange(header, 1, 160L * lora.Trainables.Count); // some 100 bytes a tensor
    }

    [Fact]
    public void Merged_weights_give_what_the_attached_adapter_gives()
    {
        using var scope = NewDisposeScope();
        using var model = TinyModels.TrainedTransformer(3);
        using var lora = Trained(model, 4);
        var attached = Velocity(model);
        lora.Enabled = false;
        var reference = Velocity(model);
        lora.MergeIntoBase();

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
        using var again = LoraSet.Attach(model.Linears, file.ReadAll(), file.Metadata);
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

    [Fact]
    public void Other_tools_forms_of_names_and_alpha_are_read_as_the_same_adapter()
    {
        using var scope = NewDisposeScope();
        using var model = TinyModels.TrainedTransformer(11);
        Dictionary<string, Tensor> state;
        Tensor trained;
        using (var lora = Trained(model, 12))
        {
            trained = Velocity(model);
            state = lora.State().ToDictionary(tensor => tensor.Name, tensor => tensor.Value.detach().clone());
        }

        var alpha = state.Keys.Where(name => name.EndsWith(".lora_A.weight", StringComparison.Ordinal)).ToDictionary(name => name.Replace(".lora_A.weight", ".alpha", StringComparison.Ordinal), _ => tensor(6f));
        var kohya = state.Concat(alpha).ToDictionary(pair => pair.Key, pair => pair.Value);
        var peft = state.ToDictionary(pair => "base_model.model." + pair.Key["transformer.".Length..].Replace(".weight", ".default.weight", StringComparison.Ordinal), pair => pair.Value);
        var header = new Dictionary<string, string> { ["lora_adapter_metadata"] = """{"transformer.r": 3, "transformer.lora_alpha": 6}""" };
        foreach (var (form, metadata) in new[] { (kohya, null), (peft, header), (state, header) })
        {
            using var read = LoraSet.Attach(model.Linears, form, metadata);
            Assert.Equal(0, GoldenTensors.Difference(Velocity(model), trained));
        }

        using (var rankForAlpha = LoraSet.Attach(model.Linears, state)) Assert.True(GoldenTensors.Difference(Velocity(model), trained) > 1e-4, "alpha 3 is not alpha 6");

        // Layers of different alpha and rank survive a file.
        kohya["transformer.transformer_blocks.0.attn.to_q.alpha"] = tensor(1.5f);
        byte[] bytes;
        using (var mixed = LoraSet.Attach(model.Linears, kohya))
        {
            trained = Velocity(model);
            bytes = SafetensorsWriter.ToBytes(mixed.State(), mixed.FileMetadata());
        }

        using var file = SafetensorsFile.Open(bytes);
        using var again = LoraSet.Attach(model.Linears, file.ReadAll(), file.Metadata);
        Assert.Equal(0, GoldenTensors.Difference(Velocity(model), trained));
    }

    [Fact]
    public void A_misfit_is_counted_its_first_layer_named_and_half_a_file_is_refused()
    {
        using var scope = NewDisposeScope();
        using var model = TinyModels.TrainedTransformer(13);
        using var flux = TinyModels.FluxTransformer(13);
        Dictionary<string, Tensor> state;
        using (var noise = new Noise(14))
        using (var lora = LoraSet.Attach(flux.Weights.Linears, Options, noise.Of)) state = lora.State().ToDictionary(tensor => tensor.Name, tensor => tensor.Value.detach().clone());

        string message = Assert.Throws<WeightsException>(() => LoraSet.Attach(model.Linears, state)).Message;
        // Two double blocks of 8 + 4 layers, two single blocks of 3; the tiny SD3 is as wide, but has no single blocks and no text read-out in its last block.
        Assert.Contains("of 30 layers 9 are unknown here and 0 have another size; first, 'single_transformer_blocks.0.attn.to_k' is no linear layer", message, StringComparison.Ordinal);
        Assert.All(model.Linears.Values, linear => Assert.Null(linear.Adapter));

        state.Remove("transformer.transformer_blocks.0.attn.to_q.lora_B.weight");
        Assert.Contains("1 layers without both lora_A and lora_B, first 'transformer_blocks.0.attn.to_q'", Assert.Throws<WeightsException>(() => LoraSet.Attach(flux.Weights.Linears, state)).Message, StringComparison.Ordinal);
        state["text_encoder.layer.lora_A.weight"] = zeros(1);
        Assert.Contains("first 'text_encoder.layer.lora_A.weight'", Assert.Throws<WeightsException>(() => LoraSet.Attach(flux.Weights.Linears, state)).Message, StringComparison.Ordinal);
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

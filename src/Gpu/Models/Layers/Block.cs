using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models.Layers;

/// <summary>Runs one block of a transformer so that little of it stays in memory.</summary>
internal static class Block
{
    /// <summary>
    /// Without recomputation what the backward pass needs is kept, and nothing else. With it only the inputs are kept: the backward pass runs the block once more
    /// (Chen et al. 2016, arXiv:1604.06174). The gradients are the same numbers: the same operations on the same inputs.
    /// </summary>
    /// <param name="recompute">Whether the backward pass runs the block once more.</param>
    /// <param name="block">The block; it must give the same for the same inputs.</param>
    /// <param name="inputs">All tensors by which gradients reach what lies before.</param>
    public static Tensor[] Run(bool recompute, Func<Tensor[], Tensor[]> block, params Tensor[] inputs)
    {
        if (recompute && is_grad_enabled()) return Recomputation.Run(block, inputs);
        using var scope = NewDisposeScope(); // wrappers go at the block's end; the graph holds what it needs by itself
        return [.. block(inputs).Select(output => output.MoveToOuterDisposeScope())];
    }

    private sealed class Recomputation : autograd.MultiTensorFunction<Recomputation>
    {
        private const string Key = "block";

        [ThreadStatic] private static List<Tensor>? _returned;

        public override string Name => nameof(Recomputation);

        public static Tensor[] Run(Func<Tensor[], Tensor[]> block, Tensor[] inputs)
        {
            // A frozen first block has no input with a gradient, and its adapters would be passed over: the anchor makes the block part of the graph.
            var anchor = zeros(1, inputs[0].dtype, inputs[0].device, requires_grad: true);
            return [.. apply([block, anchor, .. inputs])];
        }

        public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars)
        {
            var block = (Func<Tensor[], Tensor[]>)vars[0];
            Tensor[] inputs = [.. vars.Skip(2).Cast<Tensor>()];
            ctx.save_data(Key, block);
            ctx.save_for_backward([.. inputs]);
            using var scope = NewDisposeScope();
            return [.. block(inputs).Select(output => output.MoveToOuterDisposeScope())];
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> grad_outputs)
        {
            var block = (Func<Tensor[], Tensor[]>)ctx.get_data(Key);
            using var scope = NewDisposeScope();
            using var on = enable_grad();
            Tensor[] inputs = [.. ctx.get_saved_variables().Select(saved => saved.detach().requires_grad_(saved.requires_grad))];
            autograd.backward(Block.Run(false, block, inputs), grad_outputs); // what the graph does not need is freed before the gradients come
            // Who calls takes its own references and leaves ours to the garbage collector, until when each block would hold two activations.
            foreach (var passed in grad_outputs.Concat(_returned ?? [])) passed.Dispose();
            Tensor?[] gradients = [.. inputs.Select(input => input.requires_grad ? input.grad!.DetachFromDisposeScope() : null)];
            _returned = [.. gradients.OfType<Tensor>()];
            return [null!, null!, .. gradients.Select(gradient => gradient!)];
        }
    }
}

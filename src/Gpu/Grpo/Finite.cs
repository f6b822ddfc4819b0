using PortraitGen.Domain.Campaigns;
using PortraitGen.Gpu.Runtime;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Grpo;

/// <summary>NaN and Inf end a shard by name instead of spreading.</summary>
public static class Finite
{
    /// <exception cref="ShardFailedException">Class <c>nan</c>, naming <paramref name="what"/>.</exception>
    public static void Require(Tensor values, string what)
    {
        using var scope = NewDisposeScope();
        long bad = values.numel() - values.isfinite().sum().item<long>();
        if (bad > 0) throw new ShardFailedException(FailureClasses.Nan, $"{bad} of {values.numel()} numbers in {what} are NaN or infinite. Lower optimizer.learningRate, or start from an earlier checkpoint.");
    }
}

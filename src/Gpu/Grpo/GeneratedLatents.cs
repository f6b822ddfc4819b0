using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Grpo;
using PortraitGen.Gpu.Sampling;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Grpo;

/// <summary>Generated latents noised again, for the objectives that learn on the forward process.</summary>
internal static class GeneratedLatents
{
    /// <summary>All N latents at their draw number <paramref name="level"/>: the same in rollout and gradient.</summary>
    public static NoisedLatents At(Tensor final, IReadOnlyList<GroupRef> groups, MatchingSpec matching, ulong seed, int epoch, int level)
    {
        int size = (int)final.shape[0] / groups.Count;
        long[][] names = [.. groups.SelectMany(g => Enumerable.Range(0, size).Select(i => new long[] { epoch, g.Index, i }))];
        return NoisedLatents.Draw(final, "matching", names, level, 1, matching.MinSigma, matching.MaxSigma, seed);
    }

    public static NoisedLatents At(Slice slice, int level) =>
        At(slice.Rollout.Final, slice.Input.Groups, slice.Input.Matching, slice.Input.Seed, slice.Input.Epoch, level);

    /// <summary>What <paramref name="of"/> gives for each level under the sampling policy, stacked: [L, …].</summary>
    public static Tensor Each(Policy policy, Tensor final, Conditioning each, RolloutInput input, Func<NoisedLatents, Tensor, Tensor> of)
    {
        var levels = new List<Tensor>();
        for (int j = 0; j < input.Matching.Levels; j++)
        {
            using var scope = NewDisposeScope();
            var noised = At(final, input.Groups, input.Matching, input.Seed, input.Epoch, j);
            levels.Add(of(noised, policy.Conditional(noised.X, noised.Sigma, each)).MoveToOuterDisposeScope());
        }
        return stack(levels);
    }
}

namespace PortraitGen.Domain.Grpo;

/// <summary>Bytes between the store and the workers for one optimiser step: tensors alone, without the files' headers (some 100 bytes a tensor).</summary>
/// <param name="GradientsUp">Each slice stores two fp32 sums, on-policy and exemplar.</param>
/// <param name="GradientsDown">The update reads all of them.</param>
/// <param name="PolicyUp">The update stores adapter, average and both moments in fp32, and a count.</param>
/// <param name="PolicyDown">The update reads as much of the parent; every worker that takes a slice reads the newest adapter once.</param>
/// <remarks>Of the last step of an epoch, which moves the average; the steps before it leave it, and carry a part less each way. Exact, as everything is stored as fp32 and nothing is compressed. Gradients depend on the number of slices and not on that of workers, as the sum does.</remarks>
public sealed record LearnerTraffic(long GradientsUp, long GradientsDown, long PolicyUp, long PolicyDown)
{
    private const int Float = 4, Sums = 2, PolicyParts = 4, Count = 8;

    public long Total => GradientsUp + GradientsDown + PolicyUp + PolicyDown;

    /// <param name="parameters">Trainable numbers of the adapter.</param>
    /// <param name="slices">Gradient shards of the step.</param>
    /// <param name="workers">Machines that take at least one of them; one machine reads a policy once, whatever its number of devices.</param>
    public static LearnerTraffic Of(long parameters, int slices, int workers)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(parameters);
        ArgumentOutOfRangeException.ThrowIfLessThan(slices, 1);
        if (workers < 1 || workers > slices) throw new ArgumentOutOfRangeException(nameof(workers), workers, $"Between 1 and the {slices} slices can be at work.");
        long gradients = slices * Sums * Float * parameters, policy = PolicyParts * Float * parameters + Count;
        return new(gradients, gradients, policy, policy + Float * parameters * workers);
    }
}

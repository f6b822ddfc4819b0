using PortraitGen.Benchmarks.Measuring;

namespace PortraitGen.Benchmarks.Steps;

/// <summary>Contenders that do not compute the same are no contenders: compares each with the first.</summary>
internal static class Agreement
{
    /// <summary>fp32 sums in another order, over six blocks forth and back. Of the largest number.</summary>
    private const double Relative = 1e-4;

    /// <summary>Pixels are rounded to whole levels: one that lies between two may fall either way.</summary>
    private const double Level = 1;

    /// <exception cref="InvalidOperationException">They differ by more than rounding.</exception>
    public static void Require(IReadOnlyList<IStepContender> contenders, StepKind kind, Report report)
    {
        var first = contenders[0].Output(kind);
        double most = first.Max(Math.Abs), allowed = kind is StepKind.Sample ? Level : Relative * most;
        foreach (var other in contenders.Skip(1)) Require(first, other.Output(kind), allowed, $"{kind}: {contenders[0].Name} and {other.Name}", most, report);
    }

    /// <summary>After one update from equal states. Where the gradient is mere rounding AdamW makes a whole step of it, in either direction, so those places are left out.</summary>
    public static void RequireAdapters(IReadOnlyList<IStepContender> contenders, float[] gradient, double learningRate, Report report)
    {
        double floor = 1e-2 * gradient.Max(Math.Abs);
        int[] places = [.. Enumerable.Range(0, gradient.Length).Where(i => Math.Abs(gradient[i]) > floor)];
        float[] At(float[] all) => [.. places.Select(i => all[i])];
        var first = At(contenders[0].Adapters());
        foreach (var other in contenders.Skip(1))
            Require(first, At(other.Adapters()), learningRate * 0.1, $"adapters after AdamW ({places.Length} of {gradient.Length}): {contenders[0].Name} and {other.Name}", learningRate, report);
    }

    private static void Require(float[] a, float[] b, double allowed, string what, double scale, Report report)
    {
        if (a.Length != b.Length) throw new InvalidOperationException($"{what}: {a.Length} and {b.Length} numbers.");
        double off = a.Zip(b).Max(p => Math.Abs(p.First - p.Second));
        report.Fact($"max |difference| of {what}", $"{off:G3} (allowed {allowed:G3}, scale {scale:G3}, {a.Length} numbers)");
        if (!(off <= allowed)) throw new InvalidOperationException($"{what} differ by {off:G3}, allowed {allowed:G3}: they do not do the same work.");
    }
}

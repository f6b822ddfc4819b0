namespace PortraitGen.Benchmarks.Measuring;

/// <summary>One of several ways to do the same work.</summary>
public sealed record Contender(string Name, Func<Cost> Run);

/// <summary>Measures contenders turn by turn, so that what else the machine does falls on all of them alike.</summary>
public static class Interleaved
{
    /// <param name="contenders">In each round another one begins.</param>
    /// <param name="warmUps">Rounds that do not count: compilation, caches.</param>
    /// <param name="rounds">Rounds that count.</param>
    /// <param name="cancel">Checked before each repetition.</param>
    public static IReadOnlyDictionary<string, List<Cost>> Run(IReadOnlyList<Contender> contenders, int warmUps, int rounds, CancellationToken cancel)
    {
        var costs = contenders.ToDictionary(c => c.Name, _ => new List<Cost>());
        for (int round = -warmUps; round < rounds; round++)
        {
            for (int turn = 0; turn < contenders.Count; turn++)
            {
                cancel.ThrowIfCancellationRequested();
                var one = contenders[(turn + round + warmUps) % contenders.Count];
                var cost = one.Run();
                if (round >= 0) costs[one.Name].Add(cost);
            }
        }
        return costs;
    }
}

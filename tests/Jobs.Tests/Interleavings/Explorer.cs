namespace PortraitGen.Jobs.Tests.Interleavings;

/// <summary>Something that may happen next in a world. Named only when it is told.</summary>
internal readonly record struct Step(Func<string> Name, Action Do);

/// <summary>A state and what may happen in it. Equal fingerprints have equal futures.</summary>
internal interface IWorld
{
    IReadOnlyList<Step> Steps();
    string Fingerprint();

    /// <summary>What is broken in this state, or null.</summary>
    /// <param name="quiet">Nothing may happen any more.</param>
    string? Broken(bool quiet);
}

/// <param name="States">Distinct states that were seen.</param>
/// <param name="Ends">How many of them have no future.</param>
/// <param name="Violation">What is broken, and the steps that lead there; null when nothing is.</param>
internal sealed record Exploration(int States, int Ends, string? Violation);

/// <summary>Goes through every order in which the steps of a world can happen, depth first, each state once; and looks for states that lead to no end.</summary>
/// <remarks>A world cannot be copied, so a state is reached anew by the choices that lead to it: stateless model checking with a memory of fingerprints.</remarks>
internal static class Explorer
{
    public static Exploration Run(Func<IWorld> fresh, int mostStates)
    {
        var seen = new Dictionary<string, int>();
        var paths = new List<int[]>();
        var before = new List<List<int>>(); // of each state: those that lead to it
        var ends = new List<int>();
        var open = new Stack<(int[] Path, int From)>([([], -1)]);
        while (open.TryPop(out var next))
        {
            var world = fresh();
            foreach (int choice in next.Path) world.Steps()[choice].Do();
            string print = world.Fingerprint();
            bool known = seen.TryGetValue(print, out int state);
            if (!known)
            {
                state = seen[print] = seen.Count;
                paths.Add(next.Path);
                before.Add([]);
            }

            if (next.From >= 0) before[state].Add(next.From);
            if (known) continue;
            if (seen.Count > mostStates) throw new InvalidOperationException($"More than {mostStates:N0} states: make the world smaller.");
            var steps = world.Steps();
            if (steps.Count == 0) ends.Add(state);
            if (world.Broken(steps.Count == 0) is { } broken) return new(seen.Count, ends.Count, $"{broken}\n{Told(fresh(), next.Path)}\n=> {print}");
            for (int i = steps.Count - 1; i >= 0; i--) open.Push(([.. next.Path, i], state));
        }

        return new(seen.Count, ends.Count, Trap(before, ends) is { } trap ? $"Nothing leads from here to an end.\n{Told(fresh(), paths[trap])}" : null);
    }

    /// <summary>A state from which no end can be reached: it would go round for ever.</summary>
    private static int? Trap(List<List<int>> before, List<int> ends)
    {
        var reaches = new bool[before.Count];
        var open = new Stack<int>(ends);
        while (open.TryPop(out int state))
        {
            if (reaches[state]) continue;
            reaches[state] = true;
            foreach (int from in before[state]) open.Push(from);
        }

        int trap = Array.IndexOf(reaches, false);
        return trap < 0 ? null : trap;
    }

    private static string Told(IWorld world, int[] path)
    {
        var names = new List<string>();
        foreach (int choice in path)
        {
            var step = world.Steps()[choice];
            names.Add(step.Name());
            step.Do();
        }

        return string.Join('\n', names.Select((n, i) => $"  {i + 1}. {n}"));
    }
}

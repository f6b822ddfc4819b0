using System.Globalization;
using System.Text.RegularExpressions;
using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests.Models;

public sealed partial class FlowMatchGoldenTests
{
    public static TheoryData<string> Files => Goldens.Files("flowmatch");

    [Theory, MemberData(nameof(Files))]
    public void Sigmas_timesteps_and_the_end_of_an_Euler_run_match_the_reference(string name)
    {
        using var scope = NewDisposeScope();
        using var golden = Goldens.Open(name);
        var runs = golden.Entries.Keys.Where(key => key.EndsWith(".sigmas", StringComparison.Ordinal)).Select(key => key[..^".sigmas".Length]).ToList();
        Assert.NotEmpty(runs);
        Assert.All(runs, run =>
        {
            string kind = run[..run.LastIndexOf('.')];
            var steps = Schedule(golden, kind, out double? mu).Steps(int.Parse(run[(kind.Length + 1)..], CultureInfo.InvariantCulture), mu);
            GoldenTensors.AssertClose(golden.Read(run + ".sigmas"), tensor(steps.Sigmas), 1e-6, run + " sigmas");
            // Timesteps are a thousand times larger: one unit in the last place at 1000 is 6e-5.
            GoldenTensors.AssertClose(golden.Read(run + ".timesteps"), tensor(steps.Timesteps), 1e-4, run + " timesteps");

            var x = golden.Read(run + ".x0");
            for (int k = 0; k < steps.Count; k++) x = steps.Euler(x, sin(1.7 * x + k) / 2 + x, k);
            string end = golden.Entries.Keys.Single(key => key.StartsWith(run + ".x_end", StringComparison.Ordinal));
            GoldenTensors.AssertClose(golden.Read(end), x, 1e-5, run + " end");
        });
    }

    [Fact]
    public void Mu_is_the_base_shift_at_the_base_length_and_the_max_shift_at_the_max_length()
    {
        var schedule = new FlowMatchSchedule { UseDynamicShifting = true };
        Assert.Equal(0.5, schedule.Mu(256), 12);
        Assert.Equal(1.15, schedule.Mu(4096), 12);
    }

    [Fact]
    public void A_mu_that_is_missing_or_out_of_place_is_refused()
    {
        Assert.Contains("mu is needed", Assert.Throws<ArgumentException>(() => new FlowMatchSchedule { UseDynamicShifting = true }.Steps(4)).Message, StringComparison.Ordinal);
        Assert.Contains("no place", Assert.Throws<ArgumentException>(() => new FlowMatchSchedule().Steps(4, mu: 1)).Message, StringComparison.Ordinal);
    }

    /// <summary>The kind tells the config; mu, which no name carries, is solved from one sigma and must then explain all others.</summary>
    private static FlowMatchSchedule Schedule(SafetensorsFile golden, string kind, out double? mu)
    {
        bool dynamic = kind.Contains("dyn", StringComparison.Ordinal);
        mu = dynamic ? SolveMu(golden, kind) : null;
        var shift = ShiftInName().Match(kind);
        return new FlowMatchSchedule { UseDynamicShifting = dynamic, Shift = shift.Success ? double.Parse(shift.Groups[1].Value, CultureInfo.InvariantCulture) : 1 };
    }

    private static double SolveMu(SafetensorsFile golden, string kind)
    {
        string longest = golden.Entries.Keys.Where(key => key.StartsWith(kind, StringComparison.Ordinal) && key.EndsWith(".sigmas", StringComparison.Ordinal))
            .MaxBy(key => golden.Entries[key].Shape[0])!;
        float[] sigmas = golden.Read(longest).data<float>().ToArray();
        int steps = sigmas.Length - 1, middle = steps / 2;
        double before = 1 + middle * (0.001 - 1) / (steps - 1), after = sigmas[middle];
        return Math.Log(after / (1 - after) * (1 / before - 1));
    }

    [GeneratedRegex(@"shift([0-9.]+)")]
    private static partial Regex ShiftInName();
}

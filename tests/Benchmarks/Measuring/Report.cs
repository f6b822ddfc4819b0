using System.Text.Json;
using System.Text.Json.Nodes;

namespace PortraitGen.Benchmarks.Measuring;

/// <summary>What a benchmark prints, and the same as JSON. It judges, and never fails: a slow machine is no error.</summary>
public sealed class Report(string benchmark, JsonObject settings)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private readonly JsonArray _rows = [], _ratios = [];
    private readonly JsonObject _facts = MachineFacts.Read();

    /// <summary>A fact beside the machine's own, e.g. a peer's version.</summary>
    public void Fact(string name, JsonNode? value)
    {
        _facts[name] = value;
        Console.Out.WriteLine($"{name}: {value?.ToJsonString()}");
    }

    /// <summary>Medians and extremes of a contender's repetitions.</summary>
    public void Row(string what, string contender, IReadOnlyList<Cost> costs)
    {
        Row(what, contender, "CPU s", Spread.Of(costs.Select(c => c.Cpu)));
        Row(what, contender, "wall s", Spread.Of(costs.Select(c => c.Wall)));
    }

    public void Row(string what, string contender, string unit, Spread spread)
    {
        Console.Out.WriteLine($"{what,-28} {contender,-34} {unit,-8} median {spread.Median,9:0.####}  min {spread.Min,9:0.####}  max {spread.Max,9:0.####}  of {spread.Count}");
        _rows.Add(new JsonObject { ["what"] = what, ["contender"] = contender, ["unit"] = unit, ["median"] = spread.Median, ["min"] = spread.Min, ["max"] = spread.Max, ["count"] = spread.Count });
    }

    /// <summary>The ratio of two medians, and whether it keeps below the bar.</summary>
    public void Ratio(string what, string unit, double ours, double peers, double? bar) =>
        Judge(what, unit, ours / peers, bar, bar is not { } most ? "no bar" : ours / peers <= most ? "met" : "missed");

    /// <summary>The ratio of two medians where more is better, and whether it reaches the bar.</summary>
    public void AtLeast(string what, string unit, double ours, double peers, double bar) => Judge(what, unit, ours / peers, bar, ours / peers >= bar ? "met" : "missed");

    private void Judge(string what, string unit, double ratio, double? bar, string verdict)
    {
        Console.Out.WriteLine($"{what,-72} {unit,-8} ratio {ratio:0.000}{(bar is null ? "" : $"  bar {bar:0.##}: {verdict}")}");
        _ratios.Add(new JsonObject { ["what"] = what, ["unit"] = unit, ["ratio"] = ratio, ["bar"] = bar, ["verdict"] = verdict });
    }

    /// <summary>Ratios of CPU and wall medians; the bar is held against CPU seconds.</summary>
    public void Ratio(string what, IReadOnlyList<Cost> ours, IReadOnlyList<Cost> peers, double? bar)
    {
        Ratio(what, "CPU s", Spread.Of(ours.Select(c => c.Cpu)).Median, Spread.Of(peers.Select(c => c.Cpu)).Median, bar);
        Ratio(what, "wall s", Spread.Of(ours.Select(c => c.Wall)).Median, Spread.Of(peers.Select(c => c.Wall)).Median, null);
    }

    /// <summary>Writes <c>NAME.json</c>.</summary>
    public void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        _facts["loadAverageAtEnd"] = MachineFacts.Read()["loadAverage"]?.DeepClone();
        string path = Path.Combine(folder, benchmark + ".json");
        File.WriteAllText(path, new JsonObject { ["benchmark"] = benchmark, ["settings"] = settings, ["machine"] = _facts, ["rows"] = _rows, ["ratios"] = _ratios }.ToJsonString(Indented));
        Console.Out.WriteLine($"Machine: {_facts.ToJsonString()}");
        Console.Out.WriteLine($"Written: {Path.GetFullPath(path)}");
    }
}

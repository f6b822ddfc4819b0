using System.Text.Json.Nodes;
using PortraitGen.Benchmarks.Measuring;
using TorchSharp;

namespace PortraitGen.Benchmarks.Steps;

/// <summary>Steps of training in C#, as TorchScript in the same libtorch, and in Debian's PyTorch.</summary>
internal static class StepBenchmark
{
    private const double BindingBar = 1.05, PythonBar = 0.6;
    private const int WarmUps = 3; // TorchScript profiles in its first runs, then compiles anew

    public static void Run(string model, string folder, int threads, int rounds, IReadOnlyList<StepKind> kinds, string? coreType, CancellationToken cancel)
    {
        torch.set_num_threads(threads);
        var report = new Report(threads == 1 ? "step" : $"step-{threads}-threads", new() { ["threads"] = threads, ["rounds"] = rounds, ["model"] = Path.GetFileName(model) });
        string peers = Path.Combine(AppContext.BaseDirectory, "peers");
        using var inputs = StepInputs.Create(model);
        var contenders = new List<IStepContender> { new EngineSteps(inputs, model), new ScriptSteps(inputs, File.ReadAllText(Path.Combine(peers, "graph.py")) + "\n") };
        if (PythonSteps.Installed())
        {
            var python = new PythonSteps(inputs, peers, threads, coreType);
            contenders.Add(python);
            report.Fact("python", python.Facts);
        }
        else Console.Out.WriteLine("Debian's PyTorch is not installed: its column is left out. tests/Benchmarks/peers/install.sh installs it.");

        report.Fact("torch threads", JsonValue.Create(torch.get_num_threads()));
        try
        {
            foreach (var kind in kinds) Agreement.Require(contenders, kind, report);
            var gradient = contenders[0].Output(StepKind.Optimise);
            foreach (var contender in contenders) contender.Run(StepKind.Optimise);
            Agreement.RequireAdapters(contenders, gradient, inputs.Spec.Optimizer.LearningRate, report);
            foreach (var kind in kinds) Measure(kind, contenders, rounds, report, cancel);
        }
        finally
        {
            foreach (var contender in contenders) contender.Dispose();
        }
        report.Write(folder);
    }

    private static void Measure(StepKind kind, List<IStepContender> contenders, int rounds, Report report, CancellationToken cancel)
    {
        var costs = Interleaved.Run([.. contenders.Select(c => new Contender(c.Name, () => c.Run(kind)))], WarmUps, rounds, cancel);
        foreach (var contender in contenders) report.Row($"{kind}", contender.Name, costs[contender.Name]);
        foreach (var peer in contenders.Skip(1))
            report.Ratio($"{kind}: {contenders[0].Name} / {peer.Name}", costs[contenders[0].Name], costs[peer.Name], peer is ScriptSteps ? BindingBar : PythonBar);
    }
}

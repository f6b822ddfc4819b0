using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using PortraitGen.Benchmarks.Measuring;
using PortraitGen.Gpu.Tensors;

namespace PortraitGen.Benchmarks.Steps;

/// <summary>The same steps in Debian's PyTorch 1.13 (an older libtorch) on OpenBLAS: one process, asked turn by turn.</summary>
internal sealed class PythonSteps : IStepContender
{
    private const string Python = "/usr/bin/python3";
    private readonly string _folder = Directory.CreateTempSubdirectory("portraitgen-peer-").FullName;
    private readonly Process _process;

    /// <param name="inputs">Written to a file that the peer reads.</param>
    /// <param name="peers">The folder of peer.py.</param>
    /// <param name="threads">Of torch and of OpenBLAS.</param>
    /// <param name="coreType">OPENBLAS_CORETYPE; null leaves the choice to OpenBLAS.</param>
    public PythonSteps(StepInputs inputs, string peers, int threads, string? coreType)
    {
        Name = coreType is null ? "PyTorch 1.13 (Debian)" : $"PyTorch 1.13 (Debian), {coreType}";
        IEnumerable<(string, TorchSharp.torch.Tensor)> List(string prefix, List<TorchSharp.torch.Tensor> tensors) => tensors.Select((t, i) => ($"{prefix}.{i:D4}", t));
        SafetensorsWriter.WriteFile(Path.Combine(_folder, "weights.safetensors"),
        [
            .. List("w", StepInputs.Weights(inputs.Pipeline.Transformer)), .. List("lora", inputs.Adapters()), .. List("vae", inputs.Decoder()), .. inputs.Tensors.Select(t => (t.Key, t.Value)),
        ]);
        File.WriteAllText(Path.Combine(_folder, "constants.py"), inputs.Constants());
        var start = new ProcessStartInfo(Python, [Path.Combine(peers, "peer.py"), _folder, $"{threads}"]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        (start.Environment["OMP_NUM_THREADS"], start.Environment["OPENBLAS_NUM_THREADS"]) = ($"{threads}", $"{threads}");
        if (coreType is null) start.Environment.Remove("OPENBLAS_CORETYPE");
        else start.Environment["OPENBLAS_CORETYPE"] = coreType;
        _process = Process.Start(start)!;
        Facts = Read();
    }

    public string Name { get; }

    public JsonObject Facts { get; }

    /// <summary>Whether Debian's torch is installed.</summary>
    public static bool Installed()
    {
        if (!File.Exists(Python)) return false;
        using var probe = Process.Start(new ProcessStartInfo(Python, ["-c", "import torch"]) { RedirectStandardError = true })!;
        probe.WaitForExit();
        return probe.ExitCode == 0;
    }

    public Cost Run(StepKind kind) => Ask($"run {kind}") is var cost ? new(cost["wall"]!.GetValue<double>(), cost["cpu"]!.GetValue<double>()) : default;

    public float[] Output(StepKind kind) => Numbers($"output {kind}");

    public float[] Adapters() => Numbers("adapters");

    public void Dispose()
    {
        _process.StandardInput.Close(); // it ends at the end of its input
        if (!_process.WaitForExit(10_000)) _process.Kill();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private float[] Numbers(string command) => MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Ask(command)["file"]!.GetValue<string>())).ToArray();

    private JsonObject Ask(string command)
    {
        _process.StandardInput.WriteLine(command);
        return Read();
    }

    private JsonObject Read() => _process.StandardOutput.ReadLine() is { } line ? (JsonObject)JsonNode.Parse(line)!
        : throw new InvalidOperationException($"The Python peer ended. Its error stands above; tests/Benchmarks/peers/install.sh installs what it needs.");
}

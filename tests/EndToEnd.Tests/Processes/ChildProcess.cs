using System.Diagnostics;
using System.Runtime.InteropServices;

namespace PortraitGen.EndToEnd.Tests.Processes;

/// <summary>One of the project's programs as a process of its own, its lines kept. It never outlives the test.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const int SigInt = 2, SigKill = 9, SigTerm = 15, SigCont = 18, SigStop = 19;
    private readonly Process _process;
    private readonly List<string> _lines = [], _output = [];
    private readonly string _what;
    private bool _stopped;

    private ChildProcess(string what, Process process) => (_what, _process) = (what, process);

    public int ExitCode => _process.ExitCode;
    public bool HasExited => _process.HasExited;

    /// <param name="project">The project that builds the program: its own output folder lies beside the tests' and has all that it needs.</param>
    /// <param name="environment">Set beside what the tests have; null unsets.</param>
    /// <param name="within">A command that the program's own is appended to and that becomes it, so that signals reach it.</param>
    public static ChildProcess Start(string what, string project, string program, IEnumerable<string> args, IReadOnlyDictionary<string, string?> environment, string[]? within = null)
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        string path = Path.Combine(own.Parent!.Parent!.FullName, project, own.Name, program);
        Assert.True(File.Exists(path), $"{path} is missing: build the solution first, in the tests' configuration.");
        string[] command = [.. within ?? [], path, .. args];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetTempPath() };
        foreach (string inherited in start.Environment.Keys.Where(k => k.StartsWith("PORTRAITGEN_", StringComparison.Ordinal)).ToList()) start.Environment.Remove(inherited);
        foreach (var (key, value) in environment) start.Environment[key] = value;
        var child = new ChildProcess(what, new Process { StartInfo = start });
        child._process.OutputDataReceived += (_, line) => child.Keep(line.Data, child._lines, child._output);
        child._process.ErrorDataReceived += (_, line) => child.Keep(line.Data, child._lines);
        child._process.Start();
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>SIGKILL: no handler runs, no goodbye is said.</summary>
    public Task KillAsync() => EndAsync(SigKill, TimeSpan.FromSeconds(10));

    /// <summary>SIGSTOP: it stands where it is, and what it holds stays held.</summary>
    public void Freeze() => Send(SigStop);

    /// <summary>SIGCONT.</summary>
    public void Thaw() => Send(SigCont);

    /// <summary>SIGTERM, then the wait for its end.</summary>
    public Task LeaveAsync(TimeSpan patience) => EndAsync(SigTerm, patience);

    /// <summary>SIGINT, as Ctrl-C sends it, then the wait for its end.</summary>
    public Task InterruptAsync(TimeSpan patience) => EndAsync(SigInt, patience);

    public async Task<int> ExitAsync(TimeSpan patience)
    {
        using var limit = new CancellationTokenSource(patience);
        try
        {
            await _process.WaitForExitAsync(limit.Token); // and for its last lines
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"{_what} did not end within {patience.TotalSeconds} s.\n{Tail()}");
        }

        return _process.ExitCode;
    }

    /// <summary>Waits for a line that holds <paramref name="words"/>.</summary>
    public async Task<string> SaysAsync(string words, TimeSpan patience)
    {
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < patience; await Task.Delay(20))
        {
            lock (_lines)
                if (_lines.Find(l => l.Contains(words, StringComparison.Ordinal)) is { } line) return line;
            if (_process.HasExited) break;
        }

        Assert.Fail($"{_what} did not say '{words}'{(_process.HasExited ? $" but ended with {_process.ExitCode}" : $" within {patience.TotalSeconds} s")}.\n{Tail()}");
        return "";
    }

    public string Text()
    {
        lock (_lines) return string.Join('\n', _lines);
    }

    /// <summary>What it wrote to standard output alone.</summary>
    public string Output()
    {
        lock (_lines) return string.Join('\n', _output);
    }

    /// <summary>Its last lines, for the message of a failed test.</summary>
    public string Tail(int lines = 40)
    {
        lock (_lines) return $"--- {_what} (pid {_process.Id}), its last lines:\n{string.Join('\n', _lines.TakeLast(lines))}\n";
    }

    public async ValueTask DisposeAsync()
    {
        if (!_stopped && !_process.HasExited) await KillAsync();
        _process.Dispose();
    }

    private void Keep(string? line, params ReadOnlySpan<List<string>> into)
    {
        if (line is null) return;
        lock (_lines)
            foreach (var lines in into) lines.Add(line);
    }

    private async Task EndAsync(int signal, TimeSpan patience)
    {
        Send(signal);
        await ExitAsync(patience);
        _stopped = true;
    }

    private void Send(int signal) => Assert.Equal(0, kill(_process.Id, signal));

    [DllImport("libc", SetLastError = true)]
    private static extern int kill(int pid, int signal);
}

using System.Diagnostics;
using System.Text.Json.Nodes;

namespace PortraitGen.Conformance.Tests.Cli;

/// <summary>Runs the built program as a person would.</summary>
internal static class Cli
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "portraitgen.exe" : "portraitgen");

    public static Task<Ended> RunAsync(params string[] args) => WithAsync([], args);

    public static async Task<Ended> WithAsync(Dictionary<string, string> environment, params string[] args)
    {
        var start = new ProcessStartInfo(Program, args) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetTempPath() };
        foreach (string variable in start.Environment.Keys.Where(k => k.StartsWith("PORTRAITGEN_", StringComparison.Ordinal)).ToList()) start.Environment.Remove(variable);
        foreach (var (key, value) in environment) start.Environment[key] = value;
        using var process = Process.Start(start)!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(90));
        try
        {
            var (output, error) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
            await process.WaitForExitAsync(limit.Token);
            return new(process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }
}

internal sealed record Ended(int Code, string Output, string Error)
{
    public JsonNode Json => JsonNode.Parse(Output)!;

    /// <summary>The exit code is this, nothing is on standard output, and standard error is lines of this program, no stack trace.</summary>
    public string FailedWith(int code)
    {
        Assert.True(code == Code, $"{Code} instead of {code}: {Output} {Error}");
        Assert.NotEmpty(Error);
        Assert.DoesNotContain("   at ", Error);
        Assert.DoesNotContain("Exception", Error);
        return Error;
    }

    public string Succeeded()
    {
        Assert.True(Code == 0, $"exit code {Code}: {Output} {Error}");
        return Output;
    }
}

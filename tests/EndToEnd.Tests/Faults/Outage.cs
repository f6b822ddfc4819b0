using System.Diagnostics;
using Npgsql;

namespace PortraitGen.EndToEnd.Tests.Faults;

/// <summary>Ends and starts the throwaway servers: <c>rabbitmq</c>, <c>postgres</c> or <c>s3</c>.</summary>
internal static class Outage
{
    private const string Folder = "PORTRAITGEN_TEST_SERVERS";

    /// <summary>SIGKILL, then the same ports and data again.</summary>
    public static Task RestartAsync(string server) => RunAsync(server, "restart");

    public static Task KillAsync(string server) => RunAsync(server, "kill");

    private static async Task RunAsync(string server, string verb)
    {
        string? scratch = Environment.GetEnvironmentVariable(Folder);
        Assert.True(!string.IsNullOrWhiteSpace(scratch), $"{Folder} is not set: servers that were given cannot be ended. Run tests/run.sh, which starts its own.");
        var start = new ProcessStartInfo(Path.Combine(Repository.Root, "tests", "servers", $"{server}.sh"), [verb, scratch!]) { RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var said = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromMinutes(2));
        Assert.True(process.ExitCode == 0, $"{server}.sh {verb}: {await said}");
        NpgsqlConnection.ClearAllPools(); // this process's own connections are to the server that was
    }
}

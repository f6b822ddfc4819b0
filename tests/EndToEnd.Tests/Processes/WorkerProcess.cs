namespace PortraitGen.EndToEnd.Tests.Processes;

/// <summary><c>portraitgen-worker</c> with an empty cache of its own.</summary>
internal static class WorkerProcess
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(180);

    /// <summary>Returns when it takes shards.</summary>
    /// <param name="name">Kept over restarts: that is how a death becomes known.</param>
    /// <param name="within">A command that the worker's own is appended to, e.g. one that gives it a small disk.</param>
    public static async Task<ChildProcess> StartAsync(string name, string cache, IReadOnlyDictionary<string, string?> environment, string[]? within = null)
    {
        var worker = Start(["--name", name, "--grace", "10"], cache, environment, within);
        try
        {
            await worker.SaysAsync("takes shards", StartPatience);
            return worker;
        }
        catch
        {
            await worker.DisposeAsync();
            throw;
        }
    }

    public static ChildProcess Start(string[] args, string cache, IReadOnlyDictionary<string, string?> environment, string[]? within = null)
    {
        // No database setting reaches a worker, though the tests have one.
        var own = environment.Where(e => e.Key != "PORTRAITGEN_POSTGRES").ToDictionary();
        own["PORTRAITGEN_WORKER_CACHE"] = cache;
        return ChildProcess.Start($"portraitgen-worker {string.Join(' ', args)}", "Gpu", "portraitgen-worker", args, own, within);
    }
}

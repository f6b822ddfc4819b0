using PortraitGen.EndToEnd.Tests.Servers;

namespace PortraitGen.EndToEnd.Tests.Processes;

/// <summary><c>portraitgen-worker</c> with an empty cache of its own.</summary>
internal static class WorkerProcess
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(40);

    /// <summary>Returns when it takes shards.</summary>
    /// <param name="name">Kept over restarts: that is how a death becomes known.</param>
    public static async Task<ChildProcess> StartAsync(string name, string cache, ServerPlace place)
    {
        var worker = Start(["--name", name, "--grace", "10"], cache, place.Environment);
        await worker.SaysAsync("takes shards", StartPatience);
        return worker;
    }

    public static ChildProcess Start(string[] args, string cache, IReadOnlyDictionary<string, string?> environment)
    {
        // No database setting reaches a worker, though the tests have one.
        var own = environment.Where(e => e.Key != "PORTRAITGEN_POSTGRES").ToDictionary();
        own["PORTRAITGEN_WORKER_CACHE"] = cache;
        return ChildProcess.Start($"portraitgen-worker {string.Join(' ', args)}", "Gpu", "portraitgen-worker", args, own);
    }
}

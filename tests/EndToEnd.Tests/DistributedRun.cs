using System.Diagnostics;
using PortraitGen.EndToEnd.Tests.Micro;
using PortraitGen.EndToEnd.Tests.Processes;
using PortraitGen.EndToEnd.Tests.Servers;

namespace PortraitGen.EndToEnd.Tests;

/// <summary>One run on real servers: <c>portraitgen serve</c> and workers, each a process of its own, on a place of its own.</summary>
internal sealed class DistributedRun(MicroFixture fixture, ServerPlace place, ServerProcess server) : IAsyncDisposable
{
    private readonly List<ChildProcess> _boots = [];
    private readonly Stopwatch _watch = Stopwatch.StartNew();

    public ServerPlace Place { get; } = place;
    public ServerProcess Server { get; } = server;
    public MicroCampaign Campaign { get; } = new(server);

    /// <summary>Every start of a worker, in order.</summary>
    public IReadOnlyList<ChildProcess> Workers => _boots;

    public static async Task<DistributedRun> StartAsync(MicroFixture fixture, params string[] workers)
    {
        var place = await ServerPlace.TakeAsync();
        try
        {
            var run = new DistributedRun(fixture, place, await ServerProcess.StartAsync(fixture.Models, fixture.Fresh(), place));
            foreach (string worker in workers) await run.StartWorkerAsync(worker);
            return run;
        }
        catch
        {
            await place.DisposeAsync();
            throw;
        }
    }

    public async Task<ChildProcess> StartWorkerAsync(string name)
    {
        _boots.Add(await WorkerProcess.StartAsync(name, fixture.Fresh(), Place));
        return _boots[^1];
    }

    /// <summary>Waits for the campaign's end and holds its checkpoint against the embedded run's.</summary>
    public async Task<MicroResult> SameHashAsync(string form, Guid campaign)
    {
        var result = await Campaign.FinishAsync(campaign, TestContext.Current.CancellationToken);
        Timings.Say(form, result, _watch);
        Assert.Equal(await fixture.EmbeddedHashAsync(), result.Hash);
        Assert.Equal(0, await Place.CountAsync("SELECT count(*) FROM campaign_events WHERE kind = 'nondeterminism'"));
        return result;
    }

    /// <summary>What the processes said last, for the message of a failed test.</summary>
    public string Tails() => Server.Tails() + string.Concat(_boots.Select(b => b.Tail()));

    /// <summary>Runs a test's body; when it fails, with the tails of all logs.</summary>
    public async Task ObservedAsync(Func<Task> body)
    {
        try
        {
            await body();
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{e.Message}\n{Tails()}", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var boot in _boots) await boot.DisposeAsync();
        await Server.DisposeAsync();
        await Place.DisposeAsync();
    }
}

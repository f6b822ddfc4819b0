using System.Diagnostics;
using PortraitGen.EndToEnd.Tests.Micro;
using PortraitGen.EndToEnd.Tests.Processes;
using PortraitGen.EndToEnd.Tests.Servers;

namespace PortraitGen.EndToEnd.Tests;

/// <summary>One run on real servers: <c>portraitgen serve</c> and workers, each a process of its own, on a place of its own.</summary>
internal sealed class DistributedRun(MicroFixture fixture, ServerPlace place, ServerProcess server, int epochs) : IAsyncDisposable
{
    private readonly List<ChildProcess> _boots = [];
    private readonly Stopwatch _watch = Stopwatch.StartNew();

    public ServerPlace Place { get; } = place;
    public ServerProcess Server { get; } = server;
    public MicroCampaign Campaign { get; } = new(server.Http, epochs);

    /// <summary>Every start of a worker, in order.</summary>
    public IReadOnlyList<ChildProcess> Workers => _boots;

    public static async Task<DistributedRun> StartAsync(MicroFixture fixture, params string[] workers) =>
        await StartAsync(fixture, await ServerPlace.TakeAsync(), null, MicroCampaign.Epochs, workers);

    /// <param name="server">The server's settings where they are not the place's own, e.g. through a <see cref="Faults.Wire"/>.</param>
    public static async Task<DistributedRun> StartAsync(MicroFixture fixture, ServerPlace place, IReadOnlyDictionary<string, string?>? server, int epochs, params string[] workers)
    {
        try
        {
            var run = new DistributedRun(fixture, place, await ServerProcess.StartAsync(fixture.Models, fixture.Fresh(), server ?? place.Environment), epochs);
            foreach (string worker in workers) await run.StartWorkerAsync(worker);
            return run;
        }
        catch
        {
            await place.DisposeAsync();
            throw;
        }
    }

    public async Task<ChildProcess> StartWorkerAsync(string name, IReadOnlyDictionary<string, string?>? settings = null, string[]? within = null)
    {
        _boots.Add(await WorkerProcess.StartAsync(name, fixture.Fresh(), settings ?? Place.Environment, within));
        return _boots[^1];
    }

    /// <summary>Waits for the campaign's end and holds all that it left against the run without faults.</summary>
    public async Task<MicroResult> SameHashAsync(string form, Guid campaign)
    {
        var result = await Campaign.FinishAsync(campaign, TestContext.Current.CancellationToken);
        Timings.Say(form, result, _watch);
        await Faults.Oracle.HoldsAsync(Place, Server.Http, campaign, result, await fixture.EmbeddedHashAsync());
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

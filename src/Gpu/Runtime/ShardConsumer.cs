using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using MassTransit;
using Microsoft.Extensions.Logging;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Artifacts;
using PortraitGen.Jobs.Messaging;

namespace PortraitGen.Gpu.Runtime;

/// <summary>Does shards: asks, looks for a result, computes, indexes the result last, reports, and acknowledges by returning.</summary>
public sealed partial class ShardConsumer(
    IEnumerable<IShardHandler> handlers, IArtifactStore store, DeviceThread device, WorkerIdentity self, WorkerOptions options, IBus bus,
    TimeProvider clock, ILogger<ShardConsumer> logger)
{
    private const string Leaving = "The worker is leaving.";
    private const int ReportTries = 60; // 20 minutes at least; the result is indexed, so nothing is lost even then
    private static readonly TimeSpan ReportPatience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan HandBack = TimeSpan.FromMilliseconds(200);
    private readonly Dictionary<string, IShardHandler> _handlers = handlers.ToDictionary(h => h.Kind);
    private readonly ConcurrentDictionary<Guid, RunningShard> _running = new();
    private volatile bool _leaving;

    public async Task ConsumeAsync(ConsumeContext<RunShard> context)
    {
        var running = new RunningShard(context.Message);
        var holder = _running.GetOrAdd(context.Message.ShardId, running);
        if (holder != running)
        {
            running.Dispose();
            LogJoined(context.Message.ShardId);
            await holder.Finished.Task; // the first delivery reports for both
            return;
        }

        try
        {
            await HandleAsync(running, context.ReceiveContext.Redelivered);
            running.Finished.SetResult();
        }
        catch (Exception e)
        {
            running.Finished.SetException(e);
            _ = running.Finished.Task.Exception; // seen here, whether or not anybody joined
            throw;
        }
        finally
        {
            _running.TryRemove(context.Message.ShardId, out _);
            running.Dispose();
        }
    }

    /// <summary>Stops these shards at their next safe point, if they run here.</summary>
    public void Stop(StopShards stop)
    {
        foreach (var id in stop.ShardIds)
            if (_running.TryGetValue(id, out var running)) running.Stop(StopCause.Cancelled);
    }

    /// <summary>Lets running shards end within the grace period, then preempts them.</summary>
    public async Task LeaveAsync(CancellationToken cancel)
    {
        _leaving = true;
        var all = Task.WhenAll(_running.Values.Select(r => r.Finished.Task));
        await Task.WhenAny(all, Task.Delay(options.Grace, clock, cancel));
        foreach (var running in _running.Values) running.Stop(StopCause.Preempted);
        await all.ContinueWith(_ => { }, cancel, TaskContinuationOptions.None, TaskScheduler.Default).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task HandleAsync(RunningShard running, bool redelivered)
    {
        var shard = running.Message;
        if (_leaving)
        {
            // Handed over before the queue was closed. Slowly, so that it does not come back while the queue still is being closed.
            await Task.Delay(HandBack, clock);
            await ReportAsync(Failed(shard, FailureClasses.Preempted, Leaving, null, 0), shard.ShardId);
            return;
        }

        if (shard.Repair is null && await AskAsync(shard, redelivered) is { Go: false } verdict)
        {
            LogDropped(shard.ShardId, verdict.Reason);
            return;
        }

        long started = clock.GetTimestamp();
        using var beating = new CancellationTokenSource();
        var beats = BeatAsync(running, beating.Token);
        object report;
        bool full = false;
        try
        {
            report = await ComputeAsync(running, started);
        }
        catch (Exception e)
        {
            string failure = ShardFailure.ClassOf(e, running.Cause);
            full = DiskFull.Is(e);
            string reason = failure switch
            {
                FailureClasses.TooLong => $"It ran longer than {options.HardLimit.TotalMinutes:0.#} minutes. Make its slice smaller.",
                FailureClasses.Preempted => Leaving,
                FailureClasses.Cancelled => "It was told to stop.",
                _ => full ? $"A disk of worker {self.Name} is full: {e.Message} Free space there." : e.Message,
            };
            bool asked = failure is FailureClasses.Preempted or FailureClasses.Cancelled; // no failure: where it stood is nobody's concern
            if (asked) LogStopped(shard.ShardId, shard.Kind, failure);
            else LogFailed(e, shard.ShardId, shard.Kind, failure);
            report = Failed(shard, failure, reason, asked ? null : e.ToString(), Seconds(started)) with { Artifact = ShardFailure.DamagedObject(e) };
        }
        finally
        {
            await beating.CancelAsync();
            await beats;
        }

        await ReportAsync(report, shard.ShardId);
        if (!full) return;
        // The report is out and the shard is tried elsewhere; this worker would only fail the next one.
        LogFull(options.FullDiskPause);
        await running.LeavingOrAsync(options.FullDiskPause, clock);
    }

    /// <summary>Says it until it is heard: a worker whose control plane is away reports later.</summary>
    private async Task ReportAsync(object report, Guid shardId)
    {
        for (int tries = 1; ; tries++)
        {
            try
            {
                // A confirmation that was lost with its connection may never be told to be: after a while it is said again, and a repeat changes nothing.
                await bus.Publish(report, report.GetType(), CancellationToken.None).WaitAsync(ReportPatience, clock);
                return;
            }
            catch (Exception e) when (tries < ReportTries)
            {
                LogUnreported(shardId, e.Message);
                await Task.Delay(TimeSpan.FromSeconds(Math.Min(30, tries)), clock);
            }
        }
    }

    private async Task<ShardCompleted> ComputeAsync(RunningShard running, long started)
    {
        var shard = running.Message;
        string name = InputKey.ResultName(ContentHash.Parse(shard.InputKey));
        if (shard.Repair is { } damaged) await LookAsync(ContentHash.Parse(damaged), running.Stopping);
        else if (await store.GetNamedAsync(name, running.Stopping) is { } found && await WholeAsync(found, running.Stopping)) return Completed(shard, ContentHash.Of(found), null, true, started);
        if (!_handlers.TryGetValue(shard.Kind, out var handler))
            throw new ShardFailedException(FailureClasses.Outdated, $"Worker {self.Name} knows no shard kind '{shard.Kind}'. Give it the release of the server.");
        var input = (JsonObject)JsonNode.Parse(shard.Input)!;
        var document = InputKey.Document(shard.Kind, input);
        // A key of another engine: what this worker would make must not be stored under it.
        if (ContentHash.Of(document).Hex != shard.InputKey)
            throw new ShardFailedException(FailureClasses.Outdated, $"Worker {self.Name} has engine {InputKey.EngineVersion}, but the shard is of another. Give it the release of the server.");

        using var limit = new CancellationTokenSource(options.HardLimit, clock);
        using var tooLong = limit.Token.Register(() => running.Stop(StopCause.TooLong));
        var run = new ShardRun(input, store, running.Report, running.Stopping);
        var result = await device.RunAsync(() =>
        {
            running.Stopping.ThrowIfCancellationRequested();
            options.Prepare?.Invoke(input);
            return handler.Run(run, running.Stopping);
        }, running.Stopping);

        // From here on the work is done: a stop no longer takes it back.
        await store.PutAsync(document, MediaTypes.Json, CancellationToken.None);
        var bytes = result.ToBytes();
        var hash = ContentHash.Of(bytes);
        if (await store.TryPutNamedAsync(name, bytes, CancellationToken.None)) return Completed(shard, hash, null, false, started);
        var first = ContentHash.Of(await store.GetNamedAsync(name, CancellationToken.None) ?? throw new ArtifactMissingException(name, store.Describe()));
        if (first == hash) return Completed(shard, first, null, false, started);
        LogContrary(shard.ShardId, shard.InputKey, first.Hex, hash.Hex);
        return Completed(shard, first, hash.Hex, false, started);
    }

    /// <summary>Has the store see for itself that the object is damaged: a large one is not sent over one that looks whole.</summary>
    private async Task LookAsync(ContentHash damaged, CancellationToken cancel)
    {
        try
        {
            await store.GetAsync(damaged, cancel);
        }
        catch (Exception e) when (e is ArtifactCorruptException or ArtifactMissingException)
        {
        }
    }

    /// <summary>Whether all that an index names is still there. When not, the work is done again: it makes the same.</summary>
    private async Task<bool> WholeAsync(byte[] index, CancellationToken cancel)
    {
        foreach (var output in ShardResult.Parse(index).Outputs.Values)
            if (!await store.ExistsAsync(output.Hash, cancel)) return false;
        return true;
    }

    private async Task<ShardVerdict?> AskAsync(RunShard shard, bool redelivered)
    {
        try
        {
            var client = bus.CreateRequestClient<AskShard>(options.AskPatience);
            var answer = await client.GetResponse<ShardVerdict>(new AskShard(shard.ShardId, shard.JobId, shard.Attempt, self.Name, self.BootId, redelivered))
                .WaitAsync(options.AskPatience, clock);
            return answer.Message;
        }
        catch (Exception e)
        {
            LogUnanswered(shard.ShardId, e.Message); // nobody there, or in trouble: the work is wanted until somebody says otherwise
            return null;
        }
    }

    private async Task BeatAsync(RunningShard running, CancellationToken ended)
    {
        var shard = running.Message;
        long last = clock.GetTimestamp();
        while (!ended.IsCancellationRequested)
        {
            await Task.Delay(options.ProgressEvery, clock, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (ended.IsCancellationRequested) return;
            var (fraction, text, moved) = running.Look();
            if (!moved && clock.GetElapsedTime(last) < options.Heartbeat) continue;
            last = clock.GetTimestamp();
            try
            {
                // The shard's end does not wait for a beat, but does not break one off either: the bus would log a fault.
                await bus.Publish(new ShardProgress(shard.ShardId, shard.JobId, shard.Attempt, self.Name, self.BootId, fraction, text), CancellationToken.None).WaitAsync(ended);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogUnheard(e.Message); // the shard goes on; a healthy worker outlives its control plane
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private ShardCompleted Completed(RunShard shard, ContentHash hash, string? contrary, bool found, long started) => new(
        shard.ShardId, shard.JobId, shard.Attempt, self.Name, self.BootId, shard.InputKey, hash.Hex, contrary, found, found ? 0 : Seconds(started));

    private ShardFailed Failed(RunShard shard, string failureClass, string reason, string? stack, double seconds) =>
        new(shard.ShardId, shard.JobId, shard.Attempt, self.Name, self.BootId, failureClass, reason, stack, seconds);

    private double Seconds(long started) => clock.GetElapsedTime(started).TotalSeconds;

    [LoggerMessage(2001, LogLevel.Information, "Dropped shard {ShardId}: {Reason}")]
    private partial void LogDropped(Guid shardId, string reason);

    [LoggerMessage(2002, LogLevel.Information, "A redelivery joins shard {ShardId}, which runs here")]
    private partial void LogJoined(Guid shardId);

    [LoggerMessage(2003, LogLevel.Warning, "Shard {ShardId} ({Kind}) ended as {FailureClass}")]
    private partial void LogFailed(Exception e, Guid shardId, string kind, string failureClass);

    [LoggerMessage(2009, LogLevel.Information, "Shard {ShardId} ({Kind}) stopped as it was told: {FailureClass}")]
    private partial void LogStopped(Guid shardId, string kind, string failureClass);

    [LoggerMessage(2004, LogLevel.Error, "Equal inputs gave different results: shard {ShardId}, key {Key}, stored {Stored}, made {Made}")]
    private partial void LogContrary(Guid shardId, string key, string stored, string made);

    [LoggerMessage(2005, LogLevel.Information, "Nobody said go or drop for shard {ShardId}, so it goes: {Why}")]
    private partial void LogUnanswered(Guid shardId, string why);

    [LoggerMessage(2007, LogLevel.Warning, "The report of shard {ShardId} was not heard and is said again: {Why}")]
    private partial void LogUnreported(Guid shardId, string why);

    [LoggerMessage(2008, LogLevel.Error, "A disk of this worker is full. It takes no shard for {Pause}: free space meanwhile")]
    private partial void LogFull(TimeSpan pause);

    [LoggerMessage(2006, LogLevel.Debug, "A heartbeat was not heard: {Why}")]
    private partial void LogUnheard(string why);
}

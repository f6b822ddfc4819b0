using PortraitGen.Jobs.Messaging;

namespace PortraitGen.Gpu.Runtime;

/// <summary>A shard that this process has in hand: how to stop it, and how far it is.</summary>
internal sealed class RunningShard(RunShard message) : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private (double Fraction, string Text) _progress = (0, "starting");
    private bool _moved;

    public RunShard Message { get; } = message;

    /// <summary>Ends when everything about the shard is done, reports included: a redelivery waits for this.</summary>
    public TaskCompletionSource Finished { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public CancellationToken Stopping => _stop.Token;

    public StopCause Cause { get; private set; }

    /// <summary>The first cause counts.</summary>
    public void Stop(StopCause cause)
    {
        lock (_gate)
        {
            if (Cause is not StopCause.None) return;
            Cause = cause;
        }

        _stop.Cancel();
    }

    /// <summary>Waits, or until this shard is told to stop: a worker that leaves waits for nothing.</summary>
    public Task LeavingOrAsync(TimeSpan wait, TimeProvider clock) => Task.Delay(wait, clock, Stopping).ContinueWith(_ => { }, TaskScheduler.Default);

    public void Report(double fraction, string text)
    {
        lock (_gate) (_progress, _moved) = ((fraction, text), true);
    }

    /// <summary>The latest progress, and whether it moved since this was last asked.</summary>
    public (double Fraction, string Text, bool Moved) Look()
    {
        lock (_gate)
        {
            bool moved = _moved;
            _moved = false;
            return (_progress.Fraction, _progress.Text, moved);
        }
    }

    public void Dispose() => _stop.Dispose();
}

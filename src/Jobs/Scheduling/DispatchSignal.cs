namespace PortraitGen.Jobs.Scheduling;

/// <summary>Wakes the dispatcher. Many raises before it looks are one.</summary>
public sealed class DispatchSignal : IDisposable
{
    private readonly SemaphoreSlim _raised = new(0, 1);
    private readonly Lock _gate = new();

    public void Raise()
    {
        lock (_gate) if (_raised.CurrentCount == 0) _raised.Release();
    }

    /// <summary>Returns true when raised, or false after <paramref name="patience"/>.</summary>
    public Task<bool> WaitAsync(TimeSpan patience, CancellationToken cancel) => _raised.WaitAsync(patience, cancel);

    public void Dispose() => _raised.Dispose();
}

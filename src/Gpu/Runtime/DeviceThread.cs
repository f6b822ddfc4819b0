using System.Collections.Concurrent;

namespace PortraitGen.Gpu.Runtime;

/// <summary>Threads that own the device: one per slot, each doing one piece of work at a time from start to end, as TorchSharp's scopes require.</summary>
/// <remarks>The queue is bounded by the number of slots: who comes when all are busy waits without a thread.</remarks>
public sealed class DeviceThread : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];
    private readonly SemaphoreSlim _free;
    private readonly Thread[] _threads;

    public DeviceThread(int slots)
    {
        _free = new(slots, slots);
        _threads = new Thread[slots];
        for (int i = 0; i < slots; i++)
        {
            _threads[i] = new Thread(Loop) { Name = $"device-{i}", IsBackground = true };
            _threads[i].Start();
        }
    }

    /// <summary>Runs <paramref name="work"/> on a device thread; its exception comes back to the caller.</summary>
    public async Task<T> RunAsync<T>(Func<T> work, CancellationToken cancel)
    {
        await _free.WaitAsync(cancel);
        try
        {
            var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
            _work.Add(() =>
            {
                try
                {
                    done.SetResult(work());
                }
                catch (Exception e)
                {
                    done.SetException(e);
                }
            }, CancellationToken.None);
            return await done.Task;
        }
        finally
        {
            _free.Release();
        }
    }

    public void Dispose()
    {
        _work.CompleteAdding();
        foreach (var thread in _threads) thread.Join(TimeSpan.FromSeconds(5));
        _free.Dispose();
    }

    private void Loop()
    {
        foreach (var work in _work.GetConsumingEnumerable()) work();
    }
}

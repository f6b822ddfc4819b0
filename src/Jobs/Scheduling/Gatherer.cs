namespace PortraitGen.Jobs.Scheduling;

/// <summary>Takes calls that come together as one. Nobody waits for others to come: while a batch is in hand, the next one gathers.</summary>
/// <param name="most">Calls of one batch at most.</param>
/// <param name="take">Takes a batch and gives the answers in its order. What it throws when a batch has one call goes to that caller;
/// otherwise each call is taken alone, so that a bad one harms no other.</param>
public sealed class Gatherer<TItem, TAnswer>(int most, Func<IReadOnlyList<TItem>, Task<IReadOnlyList<TAnswer>>> take)
{
    private readonly Lock _gate = new();
    private readonly Queue<(TItem Item, TaskCompletionSource<TAnswer> Answer)> _waiting = new();
    private bool _taking;

    public Task<TAnswer> AddAsync(TItem item)
    {
        var answer = new TaskCompletionSource<TAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _waiting.Enqueue((item, answer));
            if (_taking) return answer.Task;
            _taking = true;
        }

        _ = TakeAllAsync();
        return answer.Task;
    }

    private async Task TakeAllAsync()
    {
        await Task.Yield(); // the first caller waits like the others
        while (Next() is { Count: > 0 } batch)
        {
            if (await TryAsync(batch) || batch.Count == 1) continue;
            foreach (var call in batch) await TryAsync([call]);
        }
    }

    private List<(TItem Item, TaskCompletionSource<TAnswer> Answer)> Next()
    {
        var batch = new List<(TItem, TaskCompletionSource<TAnswer>)>();
        lock (_gate)
        {
            while (batch.Count < most && _waiting.TryDequeue(out var call)) batch.Add(call);
            _taking = batch.Count > 0;
        }

        return batch;
    }

    private async Task<bool> TryAsync(List<(TItem Item, TaskCompletionSource<TAnswer> Answer)> batch)
    {
        try
        {
            var answers = await take([.. batch.Select(call => call.Item)]);
            for (int i = 0; i < batch.Count; i++) batch[i].Answer.SetResult(answers[i]);
            return true;
        }
        catch (Exception e)
        {
            if (batch.Count == 1) batch[0].Answer.SetException(e);
            return false;
        }
    }
}

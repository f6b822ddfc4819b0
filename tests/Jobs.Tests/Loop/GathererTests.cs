using PortraitGen.Jobs.Scheduling;

namespace PortraitGen.Jobs.Tests.Loop;

public sealed class GathererTests
{
    [Fact]
    public async Task What_comes_while_a_batch_is_in_hand_is_taken_together_and_each_gets_its_own_answer()
    {
        var (sizes, gate) = (new List<int>(), new TaskCompletionSource());
        var gatherer = new Gatherer<int, int>(8, async items =>
        {
            lock (sizes) sizes.Add(items.Count);
            await gate.Task;
            return [.. items.Select(i => i * i)];
        });
        var first = gatherer.AddAsync(100);
        while (sizes.Count == 0) await Task.Yield();
        var rest = Enumerable.Range(0, 20).Select(gatherer.AddAsync).ToArray();
        gate.SetResult();

        Assert.Equal(10_000, await first);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => i * i), await Task.WhenAll(rest));
        Assert.Equal([1, 8, 8, 4], sizes);
    }

    [Fact]
    public async Task A_bad_call_harms_no_other_of_its_batch()
    {
        var gate = new TaskCompletionSource();
        var gatherer = new Gatherer<int, int>(8, async items =>
        {
            await gate.Task;
            return items.Contains(3) ? throw new InvalidOperationException("three") : [.. items];
        });
        var calls = Enumerable.Range(0, 6).Select(gatherer.AddAsync).ToArray();
        gate.SetResult();

        foreach (int i in new[] { 0, 1, 2, 4, 5 }) Assert.Equal(i, await calls[i]);
        Assert.Equal("three", (await Assert.ThrowsAsync<InvalidOperationException>(() => calls[3])).Message);
    }
}

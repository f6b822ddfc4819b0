using PortraitGen.Domain.Artifacts;
using PortraitGen.Jobs.Artifacts;

namespace PortraitGen.Conformance.Tests.Artifacts;

/// <summary>A struggling server, made of the real one and a front that spoils some requests: results are right, and waits bounded.</summary>
public sealed class S3FaultTests : IAsyncLifetime
{
    private static readonly S3Patience Quick = new() { Attempts = 5, FirstDelay = TimeSpan.FromMilliseconds(5), Silence = TimeSpan.FromSeconds(2) };
    private readonly S3Bucket _bucket = new();
    private readonly byte[] _content = Enumerable.Range(0, 100_000).Select(i => (byte)(i * 31 / 7)).ToArray();
    private FaultyFront _front = null!;
    private S3ArtifactStore _store = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _front = await FaultyFront.StartAsync(_bucket.Options.Server, Cancel);
        _store = new(_bucket.Options with { Server = _front.Address }, Quick);
    }

    public async ValueTask DisposeAsync()
    {
        _store.Dispose();
        await _front.DisposeAsync();
        await _bucket.DisposeAsync();
    }

    [Theory]
    [InlineData(FrontFault.Answer503, 3), InlineData(FrontFault.ResetBefore, 3), InlineData(FrontFault.TruncateBody, 3)]
    [InlineData(FrontFault.FlipByte, 2), InlineData(FrontFault.Silence, 1)]
    public async Task A_read_survives(FrontFault fault, int times)
    {
        var artifact = await _store.PutAsync(_content, MediaTypes.Binary, Cancel);
        _front.Spoil(fault, "GET", times);
        Assert.Equal(_content, await _store.GetAsync(artifact.Hash, Cancel));
        Assert.Equal(times, _front.Spoiled);
        Assert.Equal(times + 1, _front.Seen);
    }

    [Theory]
    [InlineData(FrontFault.Answer503, 3), InlineData(FrontFault.ResetBefore, 3), InlineData(FrontFault.ResetAfter, 2), InlineData(FrontFault.Silence, 1)]
    public async Task A_write_survives(FrontFault fault, int times)
    {
        _front.Spoil(fault, "PUT", times);
        var artifact = await _store.PutAsync(_content, MediaTypes.Binary, Cancel);
        Assert.Equal(_content, await _store.GetAsync(artifact.Hash, Cancel));
        Assert.Equal(times, _front.Spoiled);
    }

    [Fact]
    public async Task A_write_in_parts_survives_a_lost_part()
    {
        var large = new byte[20 * 1024 * 1024];
        large[^1] = 7;
        _front.Spoil(FrontFault.ResetBefore, "PUT", 1);
        var artifact = await _store.PutAsync(large, MediaTypes.Binary, Cancel);
        var found = await _store.GetAsync(artifact.Hash, Cancel);
        Assert.True(large.AsSpan().SequenceEqual(found));
        Assert.Equal(1, _front.Spoiled);
    }

    [Theory, InlineData(FrontFault.FlipByte), InlineData(FrontFault.TruncateBody)]
    public async Task A_named_object_spoilt_on_the_way_is_read_again(FrontFault fault)
    {
        Assert.True(await _store.TryPutNamedAsync("results/one", _content, Cancel));
        _front.Spoil(fault, "GET", 2);
        Assert.Equal(_content, await _store.GetNamedAsync("results/one", Cancel));
        Assert.Equal(2, _front.Spoiled);
    }

    [Fact]
    public async Task A_winner_whose_answer_was_lost_still_learns_that_it_won()
    {
        await _store.GetNamedAsync("results/warm", Cancel);
        _front.Spoil(FrontFault.ResetAfter, "PUT", 1);
        Assert.True(await _store.TryPutNamedAsync("results/lost", _content, Cancel));
        Assert.Equal(1, _front.Spoiled);
    }

    [Fact]
    public async Task A_loser_that_had_to_try_twice_is_not_told_that_it_won()
    {
        Assert.True(await _store.TryPutNamedAsync("results/taken", _content, Cancel));
        _front.Spoil(FrontFault.Answer503, "PUT", 1);
        Assert.False(await _store.TryPutNamedAsync("results/taken", _content, Cancel)); // the same bytes, but not the first
        Assert.Equal(1, _front.Spoiled);
    }

    [Fact]
    public async Task A_server_that_never_recovers_is_given_up_after_the_set_tries()
    {
        var artifact = await _store.PutAsync(_content, MediaTypes.Binary, Cancel);
        _front.Spoil(FrontFault.Answer503, "GET", int.MaxValue);
        var failed = await Assert.ThrowsAsync<ArtifactStoreException>(() => _store.GetAsync(artifact.Hash, Cancel));
        Assert.Equal(Quick.Attempts, _front.Seen);
        Assert.Contains("5 tries", failed.Message, StringComparison.Ordinal);
        Assert.Contains("HTTP 503", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_that_are_wrong_each_time_are_corrupt_after_three_reads()
    {
        var artifact = await _store.PutAsync(_content, MediaTypes.Binary, Cancel);
        _front.Spoil(FrontFault.FlipByte, "GET", int.MaxValue);
        await Assert.ThrowsAsync<ArtifactCorruptException>(() => _store.GetAsync(artifact.Hash, Cancel));
        Assert.Equal(Quick.CorruptReads, _front.Seen);
    }

    [Fact]
    public async Task A_caller_who_cancels_a_silent_read_is_answered_at_once()
    {
        var artifact = await _store.PutAsync(_content, MediaTypes.Binary, Cancel);
        _front.Spoil(FrontFault.Silence, "GET", int.MaxValue);
        using var soon = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        soon.CancelAfter(200);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _store.GetAsync(artifact.Hash, soon.Token));
        Assert.Equal(1, _front.Seen);
    }
}

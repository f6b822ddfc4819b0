using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using PortraitGen.Conformance.Tests.Artifacts;
using PortraitGen.EndToEnd.Tests.Servers;

namespace PortraitGen.EndToEnd.Tests.Faults;

/// <summary>Where a worker is made to hold still.</summary>
internal enum Moment
{
    /// <summary>It has computed, and its first upload does not get through.</summary>
    Upload,
    /// <summary>Its result is indexed, but it has not heard so: nothing is reported, nothing acknowledged.</summary>
    Indexed,
}

/// <param name="Kind">Of the shard in hand.</param>
/// <param name="Key">The shard's input key.</param>
internal sealed record KillPoint(string Kind, string Key, Moment Moment);

/// <summary>Stands between one worker and the store, sees which shard it has in hand, and holds it still where the test wants to kill it.</summary>
internal sealed class KillPoints : IAsyncDisposable
{
    private const string Results = "/results/";
    private readonly Channel<KillPoint> _reached = Channel.CreateUnbounded<KillPoint>();
    private readonly ServerPlace _place;
    private readonly FaultyFront _front;
    private readonly Func<string, string, Moment?> _choose;
    private KillPoint? _armed;

    private KillPoints(ServerPlace place, FaultyFront front, Func<string, string, Moment?> choose)
    {
        (_place, _front, _choose) = (place, front, choose);
        front.Rule = RuleAsync;
    }

    /// <summary>Settings of the worker that is to be killed.</summary>
    public IReadOnlyDictionary<string, string?> Environment => _place.Through(s3: _front.Address);

    /// <param name="choose">Asked at the start of each shard with its kind and input key; null lets it pass.</param>
    public static async Task<KillPoints> StartAsync(ServerPlace place, Func<string, string, Moment?> choose) =>
        new(place, await FaultyFront.StartAsync(new Uri(place.Environment["PORTRAITGEN_S3"]!), TestContext.Current.CancellationToken), choose);

    /// <summary>Waits until the worker holds still.</summary>
    public async Task<KillPoint> NextAsync(CancellationToken cancel) => await _reached.Reader.ReadAsync(cancel);

    /// <summary>Lets it go on, and holds nothing any more.</summary>
    public void Release() => _front.Release();

    public ValueTask DisposeAsync() => _front.DisposeAsync();

    private async Task<FrontFault?> RuleAsync(HttpRequest request)
    {
        string path = request.Path.Value!;
        bool result = path.Contains(Results, StringComparison.Ordinal);
        if (request.Method == "GET" && result)
        {
            string key = path[(path.IndexOf(Results, StringComparison.Ordinal) + Results.Length)..];
            _armed = await _place.TextAsync("SELECT kind FROM shards WHERE input_key = @key LIMIT 1", ("key", key)) is { } kind && _choose(kind, key) is { } moment
                ? new(kind, key, moment) : null;
        }

        if (request.Method != "PUT" || _armed is not { } armed || (armed.Moment is Moment.Indexed && !result)) return null;
        _armed = null;
        _reached.Writer.TryWrite(armed);
        return armed.Moment is Moment.Indexed ? FrontFault.SilenceAfter : FrontFault.Silence;
    }
}

using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Gpu.Runtime;

namespace PortraitGen.Gpu.Tests.Grpo;

/// <summary>Handlers that look for a result by its input key before they compute, as workers do, and count what they computed.</summary>
internal sealed class CountedHandlers(IReadOnlyList<IShardHandler> handlers)
{
    private readonly Dictionary<ContentHash, ShardResult> _results = [];

    /// <summary>Shards computed, by kind.</summary>
    public Dictionary<string, int> Computed { get; } = [];

    public IReadOnlyList<IShardHandler> All => [.. handlers.Select(h => new Counted(this, h))];

    private ShardResult Run(IShardHandler handler, ShardRun run, CancellationToken cancel)
    {
        var key = InputKey.Of(handler.Kind, run.Input);
        if (_results.TryGetValue(key, out var known)) return known;
        Computed[handler.Kind] = Computed.GetValueOrDefault(handler.Kind) + 1;
        return _results[key] = handler.Run(run, cancel);
    }

    private sealed class Counted(CountedHandlers owner, IShardHandler handler) : IShardHandler
    {
        public string Kind => handler.Kind;

        public ShardResult Run(ShardRun run, CancellationToken cancel) => owner.Run(handler, run, cancel);
    }
}

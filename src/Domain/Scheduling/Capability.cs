using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;

namespace PortraitGen.Domain.Scheduling;

/// <summary>What a worker is and can do, as it announced. Null is unknown (a worker of an older release) and stands in the way of nothing.</summary>
/// <param name="MemoryGiB">Memory of its device, whole GiB.</param>
/// <param name="Kinds">The kinds of shard it has handlers for.</param>
public sealed record Capability(string? Device, string? InstructionSet, string? Libtorch, int? MemoryGiB, IReadOnlyList<string>? Kinds)
{
    public static Capability Unknown { get; } = new(null, null, null, null, null);

    public string ToText() => CanonicalJson.ToText(DomainJson.ToNode(this));

    public static Capability Parse(string? text) => text is null ? Unknown : DomainJson.Read<Capability>(JsonNode.Parse(text));

    public bool Fits(Needs needs, string kind) => Why(needs, kind) is null;

    /// <summary>What keeps it from such a shard, in a few words; null when nothing does.</summary>
    public string? Why(Needs needs, string kind)
    {
        if (needs.Device is { } device && Device is { } mine && device != mine) return $"is {mine}";
        if (needs.MemoryGiB > (MemoryGiB ?? int.MaxValue)) return $"has {MemoryGiB} GiB";
        if (needs.InstructionSet is { } set && InstructionSet is { } has && set != has) return $"has {has}";
        if (needs.Libtorch is { } torch && Libtorch is { } version && torch != version) return $"has libtorch {version}";
        return Kinds is { } kinds && !kinds.Contains(kind) ? $"knows no '{kind}' shards" : null;
    }
}

/// <summary>All workers of equal capability: they share one queue.</summary>
public sealed class Pool(string queue, Capability capability, int slots)
{
    private const int LeastWindow = 4;

    public string Queue { get; } = queue;
    public Capability Capability { get; } = capability;

    /// <summary>Shards that its workers run at once.</summary>
    public int Slots { get; } = slots;

    /// <summary>Shards that may be in flight: enough that no worker waits, few enough that priorities and shares still decide.</summary>
    public int Window { get; } = Math.Max(LeastWindow, 2 * slots);

    public int InFlight { get; internal set; }

    public bool HasRoom => InFlight < Window;

    internal double Load => (double)InFlight / Math.Max(1, Slots);
}

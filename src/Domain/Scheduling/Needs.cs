using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;

namespace PortraitGen.Domain.Scheduling;

/// <summary>What the shards of a campaign want of a worker. Empty, null and 0 want nothing.</summary>
/// <param name="Device"><c>cpu</c> or <c>cuda</c>.</param>
/// <param name="InstructionSet">As in the execution profile: equal bits need equal kernels.</param>
/// <param name="Libtorch">As in the execution profile.</param>
/// <param name="MemoryGiB">Memory of the device, GiB.</param>
public sealed record Needs(string? Device, string? InstructionSet, string? Libtorch, int MemoryGiB)
{
    public static Needs Nothing { get; } = new(null, null, null, 0);

    /// <summary>Those of a specification's execution profile. One without a profile (a curation) runs anywhere.</summary>
    public static Needs Of(JsonObject spec, int memoryGiB)
    {
        if (spec["profile"] is not JsonObject node) return Nothing with { MemoryGiB = memoryGiB };
        var profile = DomainJson.Read<ExecutionProfile>(node);
        return new(profile.Device.ToString().ToLowerInvariant(), Set(profile.InstructionSet), Set(profile.Libtorch), memoryGiB);
    }

    public string ToText() => CanonicalJson.ToText(DomainJson.ToNode(this));

    public static Needs Parse(string? text) => text is null ? Nothing : DomainJson.Read<Needs>(JsonNode.Parse(text));

    /// <summary>For people, e.g. <c>cuda, 24 GiB, libtorch 2.10.0</c>.</summary>
    public string Describe() => string.Join(", ", new[]
    {
        Device, MemoryGiB > 0 ? $"{MemoryGiB} GiB" : null, InstructionSet, Libtorch is null ? null : $"libtorch {Libtorch}",
    }.Where(part => part is not null));

    private static string? Set(string text) => text.Length > 0 ? text : null;
}

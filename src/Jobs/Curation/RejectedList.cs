using System.Text.Json.Nodes;
using PortraitGen.Domain.Curation;

namespace PortraitGen.Jobs.Curation;

/// <summary>Lists of refused photos in job outputs, sorted by name.</summary>
internal static class RejectedList
{
    public static JsonArray ToJson(IEnumerable<RejectedPhoto> rejected) =>
        new([.. rejected.OrderBy(r => r.Name, StringComparer.Ordinal).ThenBy(r => r.Code, StringComparer.Ordinal).Select(r => r.ToJson())]);

    public static IEnumerable<RejectedPhoto> Parse(JsonNode? node) => node is JsonArray list ? list.Select(RejectedPhoto.FromJson) : [];
}

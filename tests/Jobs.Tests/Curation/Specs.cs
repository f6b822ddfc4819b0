using System.Text;
using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Jobs.Planning;

namespace PortraitGen.Jobs.Tests.Curation;

/// <summary>Curation specifications for tests.</summary>
internal static class Specs
{
    /// <summary>Photos of these names, each of other bytes.</summary>
    public static JsonObject Good(params string[] photos) => new()
    {
        ["name"] = "staff",
        ["photos"] = new JsonArray([.. photos.Select(p => Photo(p, p))]),
        ["rights"] = new JsonObject { ["licence"] = "CC0-1.0", ["consent"] = "signed", ["source"] = "drawn" },
    };

    public static JsonNode Photo(string name, string content)
    {
        var photo = new ArtifactRef(Hash(content), content.Length, "image/jpeg").ToJson();
        photo["name"] = name;
        return photo;
    }

    public static ContentHash Hash(string content) => ContentHash.Of(Encoding.UTF8.GetBytes(content));

    public static JobProgress Start(JsonObject spec, params (string Job, JsonObject Output)[] done) => new(spec, [], [], done.ToDictionary(d => d.Job, d => d.Output));
}

using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;

namespace PortraitGen.Domain.Campaigns;

/// <summary>Writes a specification with every default filled, so that a later default changes nothing that was submitted before.</summary>
public static class SpecWriter
{
    public static JsonObject ToNode(CampaignSpec spec) => DomainJson.ToNode(spec);

    /// <summary>SHA-256 of the canonical text: equal campaigns have equal hashes, however they were written.</summary>
    public static ContentHash Hash(CampaignSpec spec) => CanonicalJson.Hash(ToNode(spec));
}

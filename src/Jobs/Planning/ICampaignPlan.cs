using System.Text.Json.Nodes;

namespace PortraitGen.Jobs.Planning;

/// <summary>The jobs of one kind of campaign, in the order in which they run.</summary>
public interface ICampaignPlan
{
    /// <summary>The kind of campaign: <c>training</c>, <c>curation</c> or <c>pretraining</c>.</summary>
    string Kind { get; }

    IReadOnlyList<PlannedJob> Jobs(JsonObject spec);
}

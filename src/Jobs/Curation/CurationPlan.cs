using System.Text.Json.Nodes;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Planning;

namespace PortraitGen.Jobs.Curation;

/// <summary>A curation: an uploaded batch becomes a dataset version.</summary>
public sealed class CurationPlan : ICampaignPlan
{
    public const string KindName = "curation";

    public string Kind => KindName;

    public IReadOnlyList<PlannedJob> Jobs(JsonObject spec) =>
        [.. new[] { JobKinds.Ingest, JobKinds.Curate, JobKinds.Snapshot }.Select(kind => new PlannedJob(kind, kind, []))];
}

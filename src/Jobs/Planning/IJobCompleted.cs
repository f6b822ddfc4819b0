using System.Text.Json.Nodes;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Data;

namespace PortraitGen.Jobs.Planning;

/// <summary>Writes rows that must appear together with the success of one kind of job, e.g. a dataset version with its snapshot.</summary>
public interface IJobCompleted
{
    /// <summary>One of <see cref="JobKinds"/>.</summary>
    string Kind { get; }

    /// <summary>Adds to <paramref name="db"/>; the caller saves and commits.</summary>
    Task ApplyAsync(JobsDb db, Campaign campaign, Job job, JsonObject output, CancellationToken cancel);
}

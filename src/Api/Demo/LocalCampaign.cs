using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using PortraitGen.Api.Cli;
using PortraitGen.Api.Hosting;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Campaigns;

namespace PortraitGen.Api.Demo;

/// <summary>Campaigns of a command that runs everything in its own process.</summary>
internal static class LocalCampaign
{
    /// <summary>How many files are named on a terminal.</summary>
    private const int Named = 20;

    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(250);

    /// <summary>The same specification on the same folder is the same campaign: that is how a second run resumes the first.
    /// One that failed or was cancelled is tried anew; what it has stored already is found.</summary>
    public static async Task<CampaignId> SubmitAsync(IServiceProvider services, string kind, string name, JsonObject spec, CancellationToken cancel)
    {
        string key = $"local-{CanonicalJson.Hash(spec).Hex}";
        for (int attempt = 1; ; attempt++)
        {
            await using var scope = services.CreateAsyncScope();
            var submission = await scope.ServiceProvider.GetRequiredService<SubmitCampaign>().RunAsync(kind, name, Teams.Default, spec, $"{key}-{attempt}", 0, cancel);
            if (submission is Submission.Created created) return created.Id;
            if (submission is not Submission.Existing existing) throw new CommandException(ExitCodes.Failed, $"The campaign was not taken: {submission}");
            var found = await scope.ServiceProvider.GetRequiredService<CampaignQueries>().FindAsync(existing.Id, cancel);
            if (found!.State is not (CampaignState.Failed or CampaignState.Cancelled)) return existing.Id;
        }
    }

    /// <exception cref="CommandException">The folder gave no photo: says what it holds instead.</exception>
    public static void CheckPhotos(string folder, JsonObject curation)
    {
        if (curation["photos"]!.AsArray().Count > 0) return;
        var files = curation["batch"]!["skipped"]!.AsArray().Take(Named).Select(s => $"\n{s!["name"]}: {s["reason"]}");
        throw new CommandException(ExitCodes.BadInput, $"The folder '{folder}' holds no photo (JPEG, PNG or WebP).{string.Concat(files)}");
    }

    /// <summary>What a curation accepted, and what it rejected and why.</summary>
    public static string Verdict(JsonObject snapshot)
    {
        var rejected = snapshot["rejected"]!.AsArray();
        string head = $"Dataset version {snapshot["dataset"]!["hash"]!.GetValue<string>()[..12]}: {snapshot["dataset"]!["count"]} portraits";
        if (rejected.Count == 0) return head;
        var lines = rejected.Take(Named).Select(r => $"\n  {r!["name"]}: {r["reason"]}");
        return $"{head}; {rejected.Count} files left out:{string.Concat(lines)}{(rejected.Count > Named ? $"\n  and {rejected.Count - Named} more" : "")}";
    }

    /// <summary>Until the campaign ends.</summary>
    /// <param name="seen">Told of the jobs at each look, in the scope they were read in.</param>
    /// <exception cref="CommandException">It failed or was cancelled; says why.</exception>
    public static async Task EndAsync(IServiceProvider services, CampaignId id, Func<IServiceProvider, List<Job>, Task> seen, TimeProvider clock, CancellationToken cancel)
    {
        while (true)
        {
            await using (var scope = services.CreateAsyncScope())
            {
                var queries = scope.ServiceProvider.GetRequiredService<CampaignQueries>();
                var campaign = (await queries.FindAsync(id, cancel))!;
                await seen(scope.ServiceProvider, await queries.JobsAsync(id, cancel));
                switch (campaign.State)
                {
                    case CampaignState.Succeeded: return;
                    case CampaignState.Failed: throw new CommandException(ExitCodes.Failed, $"The {campaign.Kind} campaign '{campaign.Name}' failed ({campaign.FailureClass}): {campaign.FailureReason}");
                    case CampaignState.Cancelled: throw new CommandException(ExitCodes.Failed, $"The {campaign.Kind} campaign '{campaign.Name}' was cancelled: {campaign.FailureReason}");
                }
            }
            await Task.Delay(Refresh, clock, cancel);
        }
    }

    /// <summary>A finished job's output.</summary>
    public static async Task<JsonObject> OutputAsync(IServiceProvider services, CampaignId id, string job, CancellationToken cancel)
    {
        await using var scope = services.CreateAsyncScope();
        var jobs = await scope.ServiceProvider.GetRequiredService<CampaignQueries>().JobsAsync(id, cancel);
        return (JsonObject)JsonNode.Parse(jobs.Single(j => j.Name == job).Output!)!;
    }
}

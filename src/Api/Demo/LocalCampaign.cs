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
    /// <summary>The same specification on the same folder is the same campaign: that is how a second run resumes the first.</summary>
    public static async Task<CampaignId> SubmitAsync(IServiceProvider services, string kind, string name, JsonObject spec, CancellationToken cancel)
    {
        await using var scope = services.CreateAsyncScope();
        string key = $"local-{CanonicalJson.Hash(spec).Hex}";
        return await scope.ServiceProvider.GetRequiredService<SubmitCampaign>().RunAsync(kind, name, Teams.Default, spec, key, 0, cancel) switch
        {
            Submission.Created created => created.Id,
            Submission.Existing existing => existing.Id,
            var other => throw new CommandException(ExitCodes.Failed, $"The campaign was not taken: {other}"),
        };
    }

    /// <summary>A finished job's output.</summary>
    public static async Task<JsonObject> OutputAsync(IServiceProvider services, CampaignId id, string job, CancellationToken cancel)
    {
        await using var scope = services.CreateAsyncScope();
        var jobs = await scope.ServiceProvider.GetRequiredService<CampaignQueries>().JobsAsync(id, cancel);
        return (JsonObject)JsonNode.Parse(jobs.Single(j => j.Name == job).Output!)!;
    }
}

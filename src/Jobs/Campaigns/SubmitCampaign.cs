using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Scheduling;
using PortraitGen.Jobs.Data;
using PortraitGen.Jobs.Planning;
using PortraitGen.Jobs.Scheduling;

namespace PortraitGen.Jobs.Campaigns;

/// <summary>What submitting came to.</summary>
public abstract record Submission
{
    private Submission() { }

    public sealed record Created(CampaignId Id) : Submission;

    /// <summary>The same body came under this key before.</summary>
    public sealed record Existing(CampaignId Id) : Submission;

    /// <summary>Another body came under this key before.</summary>
    public sealed record Conflict(CampaignId Id, string Reason) : Submission;

    /// <summary>There is no plan for this kind of campaign.</summary>
    public sealed record UnknownKind(string Reason) : Submission;
}

/// <summary>Stores a campaign with its planned jobs in one transaction, and has it advanced.</summary>
public sealed class SubmitCampaign(JobsDb db, IEnumerable<ICampaignPlan> plans, Orchestration orchestration, TimeProvider clock)
{
    /// <param name="spec">Already validated.</param>
    public Task<Submission> RunAsync(
        string kind, string name, string team, JsonObject spec, string? idempotencyKey, int priority, CancellationToken cancel) =>
        RunAsync(kind, name, new(team, priority), spec, null, idempotencyKey, cancel);

    /// <param name="spec">Already validated, its names resolved.</param>
    /// <param name="asked">Hash of what was asked for before names were resolved: what one idempotency key is held to. Null: the specification's own.</param>
    public async Task<Submission> RunAsync(
        string kind, string name, Claim claim, JsonObject spec, ContentHash? asked, string? idempotencyKey, CancellationToken cancel)
    {
        if (plans.FirstOrDefault(p => p.Kind == kind) is not { } plan)
            return new Submission.UnknownKind($"There is no campaign kind '{kind}', only: {string.Join(", ", plans.Select(p => p.Kind).Order())}.");

        var now = clock.GetUtcNow();
        var campaign = new Campaign(new(Guid.CreateVersion7(now)), kind, name, claim.Team, CanonicalJson.ToText(spec), idempotencyKey, claim.Priority, now,
            claim.BudgetHours * 3600, Needs.Of(spec, claim.MemoryGiB) is var needs && needs == Needs.Nothing ? null : needs.ToText());
        if (await FindAsync(campaign, asked, cancel) is { } earlier) return earlier;

        db.Campaigns.Add(campaign);
        int ordinal = 0;
        foreach (var job in plan.Jobs(spec))
        {
            var id = Guid.CreateVersion7(now.AddMilliseconds(ordinal)); // a millisecond apart, so that keys keep the plan's order
            db.Jobs.Add(new Job(new(id), campaign.Id, ordinal++, job.Kind, job.Name, CanonicalJson.ToText(job.Parameters)));
        }

        db.Events.Add(EventLog.Of(campaign.Id, null, EventKinds.CampaignSubmitted, now, new()
        {
            ["name"] = name,
            ["kind"] = kind,
            ["jobs"] = ordinal,
            ["asked"] = (asked ?? campaign.SpecHash).Hex,
        }));
        try
        {
            await using var write = await db.BeginWriteAsync(cancel);
            await db.SaveChangesAsync(cancel);
            await write.CommitAsync(cancel);
        }
        catch (DbUpdateException) when (idempotencyKey is not null)
        {
            db.ChangeTracker.Clear(); // the same key won meanwhile; anything else fails again below
            return await FindAsync(campaign, asked, cancel) ?? throw new InvalidOperationException("The campaign could not be stored; the server's log says why.");
        }

        orchestration.Advance(campaign.Id);
        return new Submission.Created(campaign.Id);
    }

    private async Task<Submission?> FindAsync(Campaign campaign, ContentHash? asked, CancellationToken cancel)
    {
        if (campaign.IdempotencyKey is not { } key) return null;
        var found = await db.Campaigns.AsNoTracking().Where(c => c.Team == campaign.Team && c.IdempotencyKey == key)
            .Select(c => new { c.Id, c.Kind, c.Name, c.SpecHash }).FirstOrDefaultAsync(cancel);
        if (found is null) return null;
        string submitted = await db.Events.AsNoTracking().Where(e => e.CampaignId == found.Id && e.Kind == EventKinds.CampaignSubmitted).Select(e => e.Data).FirstAsync(cancel);
        string before = JsonNode.Parse(submitted)?["asked"]?.GetValue<string>() ?? found.SpecHash.Hex;
        return before == (asked ?? campaign.SpecHash).Hex && found.Kind == campaign.Kind && found.Name == campaign.Name
            ? new Submission.Existing(found.Id)
            : new Submission.Conflict(found.Id, $"The idempotency key '{key}' belongs to campaign {found.Id}, whose specification is another. Send a new key.");
    }
}

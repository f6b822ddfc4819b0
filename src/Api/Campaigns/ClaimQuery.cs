using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using PortraitGen.Domain.Campaigns;

namespace PortraitGen.Api.Campaigns;

/// <summary>What a submission asks of the scheduler, beside its body: the specification says what is computed, this says when.</summary>
internal sealed record ClaimQuery([property: FromQuery] string? Team, [property: FromQuery] string? Priority, [property: FromQuery] string? Budget, [property: FromQuery] string? Memory)
{
    /// <summary>The claim, or every fault of it.</summary>
    public (Claim Claim, IReadOnlyList<SpecError> Errors) Read()
    {
        var (claim, errors) = (new Claim(), new List<SpecError>());
        if (!string.IsNullOrEmpty(Team))
        {
            if (Claim.IsTeam(Team)) claim = claim with { Team = Team };
            else errors.Add(new("team", $"'{Team[..Math.Min(Team.Length, 100)]}' is no team's name.", "1 to 100 lower-case letters, digits, dots and dashes"));
        }

        if (!string.IsNullOrEmpty(Priority))
        {
            if (int.TryParse(Priority, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int priority)) claim = claim with { Priority = priority };
            else errors.Add(new("priority", $"'{Priority}' is no whole number.", "a whole number; higher goes first within the team"));
        }

        if (!string.IsNullOrEmpty(Budget))
        {
            if (double.TryParse(Budget, CultureInfo.InvariantCulture, out double hours) && hours is > 0 and <= 1e7) claim = claim with { BudgetHours = hours };
            else errors.Add(new("budget", $"'{Budget}' is out of range.", "device-hours above 0, at most 10000000"));
        }

        if (!string.IsNullOrEmpty(Memory))
        {
            if (int.TryParse(Memory, NumberStyles.None, CultureInfo.InvariantCulture, out int gib) && gib <= Claim.MaxMemoryGiB) claim = claim with { MemoryGiB = gib };
            else errors.Add(new("memory", $"'{Memory}' is out of range.", $"whole GiB from 0 to {Claim.MaxMemoryGiB}"));
        }

        return (claim, errors);
    }
}

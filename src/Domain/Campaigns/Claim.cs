namespace PortraitGen.Domain.Campaigns;

/// <summary>What a submission asks of the scheduler. It is no part of the specification: it changes when results come, never which.</summary>
/// <param name="Priority">Higher goes first among the campaigns of its team.</param>
/// <param name="BudgetHours">Device-hours after which it fails as <c>budget</c>; null: no limit.</param>
/// <param name="MemoryGiB">Memory that its workers' devices must have; 0: any.</param>
public sealed record Claim(string Team = Claim.DefaultTeam, int Priority = 0, double? BudgetHours = null, int MemoryGiB = 0)
{
    public const string DefaultTeam = "default";
    public const int MaxMemoryGiB = 4096;

    /// <summary>Lower-case letters, digits, dots and dashes: a name that needs no quoting anywhere.</summary>
    public static bool IsTeam(string name) => name.Length is > 0 and <= 100 && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.');
}

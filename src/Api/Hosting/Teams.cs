using PortraitGen.Domain.Campaigns;

namespace PortraitGen.Api.Hosting;

/// <summary>Whose work it is when nobody says.</summary>
internal static class Teams
{
    public const string Default = Claim.DefaultTeam;
}

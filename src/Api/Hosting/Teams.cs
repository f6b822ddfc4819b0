namespace PortraitGen.Api.Hosting;

/// <summary>Whose work it is, until requests carry a team of their own.</summary>
internal static class Teams
{
    public const string Default = "default";
}

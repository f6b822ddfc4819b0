using System.Reflection;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using PortraitGen.Domain.Artifacts;

namespace PortraitGen.Api.Dashboard;

/// <summary>The style, script and icon of the pages, carried inside the assembly: the same from a build, a publish and a test.</summary>
internal static class DashboardAssets
{
    public const string Route = "/dashboard-assets/{name}";

    private static readonly Dictionary<string, Asset> All = new[]
    {
        Load("dashboard.css", "text/css; charset=utf-8"),
        Load("dashboard.js", "text/javascript; charset=utf-8"),
        Load("icon.svg", "image/svg+xml"),
    }.ToDictionary(asset => asset.Name);

    /// <summary>The address of an asset, which changes with its content, so that browsers may keep it for ever.</summary>
    public static string Url(string name) => $"/dashboard-assets/{name}?v={All[name].Tag}";

    public static Results<FileContentHttpResult, NotFound> Serve(string name, HttpContext context)
    {
        if (!All.TryGetValue(name, out var asset)) return TypedResults.NotFound();
        context.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return TypedResults.File(asset.Bytes, asset.MediaType, entityTag: new EntityTagHeaderValue($"\"{asset.Tag}\""));
    }

    private static Asset Load(string name, string mediaType)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"dashboard/{name}")
            ?? throw new InvalidOperationException($"The assembly carries no dashboard/{name}; Api.csproj embeds it.");
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return new(name, mediaType, bytes.ToArray(), ContentHash.Of(bytes.ToArray()).Hex[..12]);
    }

    private sealed record Asset(string Name, string MediaType, byte[] Bytes, string Tag);
}

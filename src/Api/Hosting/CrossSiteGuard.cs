namespace PortraitGen.Api.Hosting;

/// <summary>Refuses changes that a page of another site asks a browser for: forms need no leave to be sent across sites.</summary>
internal static class CrossSiteGuard
{
    public static IApplicationBuilder UseCrossSiteGuard(this IApplicationBuilder app) => app.Use(async (http, next) =>
    {
        if (Changes(http.Request.Method) && FromElsewhere(http.Request))
            await Problems.Of(403, ProblemTypes.Of(403), "Refused", "A page of another site asked for a change.").ExecuteAsync(http);
        else await next(http);
    });

    private static bool Changes(string method) => !HttpMethods.IsGet(method) && !HttpMethods.IsHead(method) && !HttpMethods.IsOptions(method);

    private static bool FromElsewhere(HttpRequest request)
    {
        string site = request.Headers["Sec-Fetch-Site"].ToString();
        if (site is "same-origin" or "none") return false;
        if (site.Length > 0) return true;
        string origin = request.Headers.Origin.ToString();
        return origin.Length > 0 && !(Uri.TryCreate(origin, UriKind.Absolute, out var uri) && string.Equals(uri.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase));
    }
}

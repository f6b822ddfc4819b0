using PortraitGen.Api.Dashboard.Pages;

namespace PortraitGen.Api.Dashboard;

/// <summary>The pages that people look at: campaigns, job history, one campaign live.</summary>
/// <remarks>Pages are rendered on the server, whole, for each request; what a page shows is in its address. A page left open asks for its own
/// address again each second and takes over what changed, so it heals by itself after a restart and costs the server nothing between requests.</remarks>
public static class DashboardRegistration
{
    /// <summary>Needs rows and use cases (AddPortraitGenJobs) beside it.</summary>
    public static IServiceCollection AddDashboard(this IServiceCollection services)
    {
        services.AddRazorComponents();
        services.AddSingleton<CurveReader>();
        services.AddScoped<HistoryReader>();
        services.AddScoped<CampaignReader>();
        return services;
    }

    /// <summary>Maps <c>/</c>, <c>/campaigns</c>, <c>/campaigns/{id}</c>, <c>/jobs</c> and the style and script of these pages.</summary>
    public static void MapDashboard(this WebApplication app)
    {
        app.UseAntiforgery();
        app.MapGet("/", () => TypedResults.Redirect("/campaigns")).ExcludeFromDescription();
        app.MapGet(DashboardAssets.Route, DashboardAssets.Serve).ExcludeFromDescription();
        app.MapRazorComponents<DashboardApp>();
    }
}

using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PortraitGen.Api.Hosting;
using PortraitGen.Jobs.Hosting;

namespace PortraitGen.EndToEnd.Tests.Processes;

/// <summary>The server inside the test's process, for tests that need less patience than people do.</summary>
internal sealed class HostedServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private HostedServer(WebApplication app)
    {
        _app = app;
        Http = new() { BaseAddress = new(app.Urls.First()), Timeout = TimeSpan.FromSeconds(100) };
    }

    public HttpClient Http { get; }

    public static async Task<HostedServer> StartAsync(string models, string data, IReadOnlyDictionary<string, string?> environment, Func<JobsOptions, JobsOptions> with)
    {
        var jobs = with(JobsOptions.From(name => environment.GetValueOrDefault(name)) with { DataFolder = data });
        var app = ApiHost.Build(new() { Jobs = jobs, Listen = "http://127.0.0.1:0", Models = [models], Log = LogLevel.Warning }, services => services.AddLogging(l => l.ClearProviders()));
        await app.StartAsync();
        return new(app);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await _app.StopAsync(patience.Token);
        await _app.DisposeAsync();
    }
}

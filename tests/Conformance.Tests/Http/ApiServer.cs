using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using PortraitGen.Api.Campaigns;
using PortraitGen.Api.Hosting;
using PortraitGen.Conformance.Tests.Artifacts;
using PortraitGen.Conformance.Tests.Http;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Curation;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Jobs.Curation;
using PortraitGen.Jobs.Data;
using PortraitGen.Jobs.Planning;

[assembly: AssemblyFixture(typeof(ApiServer))]

namespace PortraitGen.Conformance.Tests.Http;

/// <summary>The real server on a free port, embedded, with toy training; one for all HTTP and command-line tests.</summary>
public sealed class ApiServer : IAsyncLifetime
{
    public const int MaxPhotoBytes = 200_000;
    private readonly ScratchFolder _folder = new();
    private WebApplication? _app;

    public HttpClient Http { get; private set; } = new();
    public string Address => Http.BaseAddress!.ToString();
    public string DataFolder => _folder.Sub("data");
    public IServiceProvider Services => _app!.Services;

    /// <summary>A dataset version that is there from the start, by name <c>faces</c>.</summary>
    public ContentHash Faces { get; private set; }

    public async ValueTask InitializeAsync()
    {
        string models = Directory.CreateDirectory(_folder.Sub("models/toy-base/transformer")).Parent!.FullName;
        await File.WriteAllTextAsync(Path.Combine(models, "model_index.json"), "{}");
        await File.WriteAllTextAsync(Path.Combine(models, "transformer", "config.json"), """{"a":1}""");
        _app = Build(_folder.Sub("models"), DataFolder);
        await _app.StartAsync();
        Http = new() { BaseAddress = new(_app.Urls.First()) };
        Faces = await AddDatasetAsync("faces", "one");
    }

    public static WebApplication Build(string models, string data, Action<IServiceCollection>? also = null) => ApiHost.Build(
        new() { Jobs = new() { DataFolder = data }, Listen = "http://127.0.0.1:0", Models = [models], Workers = 2 },
        services =>
        {
            foreach (var plan in services.Where(s => s.ServiceType == typeof(ICampaignPlan) && s.ImplementationType != typeof(CurationPlan)).ToList()) services.Remove(plan);
            services.AddSingleton<ICampaignPlan, TrainingToyPlan>().AddScoped<IJobPlanner, TrainingToyPlanner>().AddSingleton<IShardHandler, TrainingToyHandler>();
            services.Replace(ServiceDescriptor.Singleton(new UploadLimits { MaxPhotoBytes = MaxPhotoBytes, MaxPhotos = 6 }));
            services.Replace(ServiceDescriptor.Singleton(new EventStreamOptions { Poll = TimeSpan.FromMilliseconds(20), Heartbeat = TimeSpan.FromMilliseconds(150) }));
            services.AddLogging(logging => logging.ClearProviders());
            also?.Invoke(services);
        });

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (_app is not null)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            await _app.StopAsync(patience.Token);
            await _app.DisposeAsync();
        }

        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _folder.Dispose();
    }

    public async Task<ContentHash> AddDatasetAsync(string name, string content)
    {
        var stored = await Services.GetRequiredService<IArtifactStore>().PutAsync(Encoding.UTF8.GetBytes($"{{\"{name}\":\"{content}\"}}"), MediaTypes.Json, CancellationToken.None);
        await using var scope = Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<JobsDb>();
        var now = TimeProvider.System.GetUtcNow();
        db.Datasets.Add(new DatasetVersion(Guid.CreateVersion7(now), name, "default", stored.Hash, stored.Length, 3, "{}", null, now));
        await db.SaveChangesAsync();
        return stored.Hash;
    }

    public async Task<HttpResponseMessage> SubmitAsync(string body, string type = "application/json", string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/campaigns") { Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue(type)) };
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        return await Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public static string Spec(string name, int epochs = 1, string more = "") => $$"""{"name":"{{name}}","base":"toy-base","dataset":"faces","epochs":{{epochs}}{{more}}}""";

    public async Task<string> StartAsync(string name, int epochs = 1) => (await JsonAsync(await SubmitAsync(Spec(name, epochs)), 201))["id"]!.GetValue<string>();

    /// <summary>Waits for the campaign to be in a state.</summary>
    public async Task UntilAsync(string id, params string[] states)
    {
        for (int i = 0; i < 600; i++)
        {
            string state = (await GetAsync($"api/campaigns/{id}"))["campaign"]!["state"]!.GetValue<string>();
            if (states.Contains(state)) return;
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        Assert.Fail($"Campaign {id} was not {string.Join(" or ", states)} within 30 s.");
    }

    public async Task<JsonNode> GetAsync(string path, int status = 200) => await JsonAsync(await Http.GetAsync(path, TestContext.Current.CancellationToken), status);

    public static async Task<JsonNode> JsonAsync(HttpResponseMessage response, int status)
    {
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(status == (int)response.StatusCode, $"{(int)response.StatusCode} instead of {status}: {text}");
        return JsonNode.Parse(text)!;
    }

    /// <summary>The answer is a problem in the form that is promised; its errors' paths.</summary>
    public static async Task<string[]> ProblemAsync(HttpResponseMessage response, int status, string type)
    {
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = await JsonAsync(response, status);
        Assert.Equal($"urn:portraitgen:problem:{type}", problem["type"]!.GetValue<string>());
        Assert.Equal(status, problem["status"]!.GetValue<int>());
        Assert.NotEmpty(problem["title"]!.GetValue<string>());
        Assert.NotEmpty(problem["traceId"]!.GetValue<string>());
        Assert.StartsWith("/", problem["instance"]!.GetValue<string>());
        return [.. (problem["errors"] as JsonArray ?? []).Select(e => e!["path"]!.GetValue<string>())];
    }
}

using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using PortraitGen.Api.Hosting;
using PortraitGen.Conformance.Tests.Artifacts;
using PortraitGen.Domain.Artifacts;

namespace PortraitGen.Conformance.Tests.Http;

public sealed class ServerTests(ApiServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_description_holds_every_route_each_with_a_summary()
    {
        var paths = (await server.GetAsync("openapi/v1.json"))["paths"]!.AsObject();
        var routes = server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.RoutePattern.RawText!.StartsWith("/api/", StringComparison.Ordinal) || e.RoutePattern.RawText.StartsWith("/health/", StringComparison.Ordinal)).ToList();
        Assert.True(routes.Count >= 18, $"only {routes.Count} routes");
        foreach (var route in routes)
        {
            string path = route.RoutePattern.RawText!.Replace(":guid", "", StringComparison.Ordinal).TrimEnd('/');
            foreach (string method in route.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods)
                Assert.NotEmpty(paths[path]?[method.ToLowerInvariant()]?["summary"]?.GetValue<string>() ?? throw new KeyNotFoundException($"{method} {path} is not described."));
        }
    }

    [Fact]
    public async Task Live_and_ready_are_two_questions()
    {
        Assert.Equal("live", (await server.GetAsync("health/live"))["status"]!.GetValue<string>());
        var ready = await server.GetAsync("health/ready");
        Assert.Equal(["rows", "bus", "blobs"], ready["checks"]!.AsArray().Select(c => c!["name"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_store_that_fails_makes_the_server_not_ready_and_its_words_stay_inside()
    {
        using var folder = new ScratchFolder();
        await using var app = ApiServer.Build(folder.Path, folder.Sub("data"), services => services.Replace(ServiceDescriptor.Singleton<IArtifactStore>(new BrokenStore())));
        await app.StartAsync(Cancel);
        using var http = new HttpClient { BaseAddress = new(app.Urls.First()) };
        var ready = await ApiServer.JsonAsync(await http.GetAsync("health/ready", Cancel), 503);
        Assert.Equal([true, true, false], ready["checks"]!.AsArray().Select(c => c!["ok"]!.GetValue<bool>()));
        await ApiServer.JsonAsync(await http.GetAsync("health/live", Cancel), 200);
        var failed = await http.GetAsync($"api/artifacts/{new string('a', 64)}", Cancel);
        await ApiServer.ProblemAsync(failed, 500, "internal");
        Assert.DoesNotContain("hunter2", await failed.Content.ReadAsStringAsync(Cancel) + ready.ToJsonString());
        await app.StopAsync(Cancel);
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
    }

    [Theory]
    [InlineData("Host=127.0.0.1;Port=1;Database=d;Username=u;Password=hunter2", null, null, "127.0.0.1:1, database d")]
    [InlineData(null, "amqp://u:hunter2@127.0.0.1:1/v", null, "127.0.0.1:1")]
    [InlineData(null, null, "http://KEY:hunter2@127.0.0.1:1/bucket", "127.0.0.1:1")]
    public async Task An_unreachable_server_is_named_at_start_with_what_was_tried_and_without_its_password(string? postgres, string? rabbit, string? s3, string address)
    {
        var settings = new ServeSettings { Jobs = new() { Postgres = postgres, RabbitMq = rabbit, S3 = s3 }, Patience = TimeSpan.FromSeconds(2) };
        var error = await Assert.ThrowsAsync<ServerNotReadyException>(() => Preflight.RunAsync(settings, TimeProvider.System, Cancel));
        Assert.Contains(address, error.Message);
        Assert.Contains("Tried", error.Message);
        Assert.Contains("PORTRAITGEN_", error.Message);
        Assert.DoesNotContain("hunter2", error.Message);
    }

    [Fact]
    public void Device_threads_are_here_when_nobody_else_could_take_shards()
    {
        Assert.Equal(1, new ServeSettings { Jobs = new() }.DeviceThreads);
        Assert.Equal(0, new ServeSettings { Jobs = new() { RabbitMq = "amqp://x" } }.DeviceThreads);
        Assert.Equal(3, new ServeSettings { Jobs = new() { RabbitMq = "amqp://x" }, Workers = 3 }.DeviceThreads);
    }

    private sealed class BrokenStore : IArtifactStore
    {
        public Task<ArtifactRef> PutAsync(ReadOnlyMemory<byte> content, string mediaType, CancellationToken cancel) => throw Fault();
        public Task<byte[]> GetAsync(ContentHash hash, CancellationToken cancel) => throw Fault();
        public Task<bool> ExistsAsync(ContentHash hash, CancellationToken cancel) => throw Fault();
        public Task<bool> TryPutNamedAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancel) => throw Fault();
        public Task<byte[]?> GetNamedAsync(string name, CancellationToken cancel) => throw Fault();
        public string Describe() => "broken";
        private static InvalidOperationException Fault() => new("hunter2 at 10.0.0.7");
    }
}

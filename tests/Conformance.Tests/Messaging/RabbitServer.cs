using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;

namespace PortraitGen.Conformance.Tests.Messaging;

/// <summary>A real RabbitMQ, with a virtual host of its own for each test where its management answers.</summary>
internal static class RabbitServer
{
    private const string Variable = "PORTRAITGEN_TEST_RABBITMQ";
    private const string Management = "PORTRAITGEN_TEST_RABBITMQ_MANAGEMENT";
    private static int _count;

    /// <summary>Without management all tests share one virtual host; they run one after the other, and shards of earlier ones are dropped as unknown.</summary>
    public static async Task<string> FreshAsync()
    {
        string? server = Environment.GetEnvironmentVariable(Variable);
        if (string.IsNullOrWhiteSpace(server))
            Assert.Fail($"{Variable} is not set. Run tests/run.sh, which starts real servers and runs all tests, or set it to amqp://user:password@host:port/.");

        var url = new Uri(server!);
        if (Environment.GetEnvironmentVariable(Management) is not { Length: > 0 } management) return server!;
        string name = $"test-{Environment.ProcessId}-{Interlocked.Increment(ref _count)}", user = Uri.UnescapeDataString(url.UserInfo.Split(':')[0]);
        var api = new Uri(management);
        using var http = new HttpClient { BaseAddress = new Uri($"{api.Scheme}://{api.Authority}/") };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(api.UserInfo))));
        (await http.PutAsync($"api/vhosts/{name}", null)).EnsureSuccessStatusCode();
        (await http.PutAsJsonAsync($"api/permissions/{name}/{user}", new { configure = ".*", write = ".*", read = ".*" })).EnsureSuccessStatusCode();
        return new UriBuilder(url) { Path = name }.Uri.ToString();
    }
}

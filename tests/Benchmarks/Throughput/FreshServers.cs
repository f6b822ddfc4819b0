using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using Npgsql;

namespace PortraitGen.Benchmarks.Throughput;

/// <summary>A database and a virtual host of one's own on the servers that the tests use, gone afterwards.</summary>
internal sealed class FreshServers : IAsyncDisposable
{
    private readonly string _postgres = Setting("PORTRAITGEN_TEST_POSTGRES");
    private readonly List<string> _databases = [], _hosts = [];
    private HttpClient? _management;

    /// <returns>The connection string of an empty database.</returns>
    public async Task<string> DatabaseAsync(string name, CancellationToken cancel)
    {
        name = $"bench_{name}_{Environment.ProcessId}";
        await ExecuteAsync($"CREATE DATABASE {name}", cancel);
        _databases.Add(name);
        return new NpgsqlConnectionStringBuilder(_postgres) { Database = name }.ToString();
    }

    /// <returns>The address of an empty virtual host.</returns>
    public async Task<string> BusAsync(string name, CancellationToken cancel)
    {
        var url = new Uri(Setting("PORTRAITGEN_TEST_RABBITMQ"));
        name = $"bench-{name}-{Environment.ProcessId}";
        _management ??= Management(new Uri(Setting("PORTRAITGEN_TEST_RABBITMQ_MANAGEMENT")));
        (await _management.PutAsync($"api/vhosts/{name}", null, cancel)).EnsureSuccessStatusCode();
        _hosts.Add(name);
        string user = url.UserInfo.Split(':')[0];
        (await _management.PutAsJsonAsync($"api/permissions/{name}/{user}", new { configure = ".*", write = ".*", read = ".*" }, cancel)).EnsureSuccessStatusCode();
        return new UriBuilder(url) { Path = name }.Uri.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (string host in _hosts) (await _management!.DeleteAsync($"api/vhosts/{host}")).Dispose();
        _management?.Dispose();
        NpgsqlConnection.ClearAllPools();
        foreach (string name in _databases) await ExecuteAsync($"DROP DATABASE {name} WITH (FORCE)", CancellationToken.None);
    }

    private static HttpClient Management(Uri url)
    {
        var http = new HttpClient { BaseAddress = new Uri($"{url.Scheme}://{url.Authority}/") };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(url.UserInfo))));
        return http;
    }

    private async Task ExecuteAsync(string sql, CancellationToken cancel)
    {
        await using var connection = new NpgsqlConnection(_postgres);
        await connection.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 120 };
        await command.ExecuteNonQueryAsync(cancel);
    }

    private static string Setting(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value
        : throw new InvalidOperationException($"{name} is not set. Start the tests' servers: eval \"$(tests/servers/up.sh)\"");
}

using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using Npgsql;
using PortraitGen.EndToEnd.Tests.Faults;

namespace PortraitGen.EndToEnd.Tests.Servers;

/// <summary>A database, a virtual host and a bucket of one test's own on the real servers: nothing of another run helps or hinders.</summary>
internal sealed class ServerPlace : IAsyncDisposable
{
    private const string PostgresVariable = "PORTRAITGEN_TEST_POSTGRES", RabbitVariable = "PORTRAITGEN_TEST_RABBITMQ",
        ManagementVariable = "PORTRAITGEN_TEST_RABBITMQ_MANAGEMENT", S3Variable = "PORTRAITGEN_TEST_S3";
    private readonly string _name, _server, _management;

    private ServerPlace(string name, string server, string management, Dictionary<string, string?> environment) =>
        (_name, _server, _management, Environment) = (name, server, management, environment);

    /// <summary>What <c>portraitgen serve</c> reads. Workers get all but the database.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; }

    /// <summary>For tests that read rows.</summary>
    public string Postgres => Environment["PORTRAITGEN_POSTGRES"]!;

    public static async Task<ServerPlace> TakeAsync()
    {
        string postgres = Required(PostgresVariable, "an Npgsql connection string of a user who may create databases");
        string rabbit = Required(RabbitVariable, "amqp://user:password@host:port/");
        string management = Required(ManagementVariable, "http://user:password@host:port of the same broker's management: each test has a virtual host of its own");
        string s3 = Required(S3Variable, "http://KEY:SECRET@host:port");
        string name = $"e2e-{Guid.CreateVersion7(TimeProvider.System.GetUtcNow()):N}";

        await using (var connection = new NpgsqlConnection(postgres))
        {
            await connection.OpenAsync();
            await using var create = new NpgsqlCommand($"CREATE DATABASE \"{name}\"", connection);
            await create.ExecuteNonQueryAsync();
        }

        var url = new Uri(rabbit);
        using var http = Management(management);
        (await http.PutAsync($"api/vhosts/{name}", null)).EnsureSuccessStatusCode();
        string user = Uri.UnescapeDataString(url.UserInfo.Split(':')[0]);
        (await http.PutAsJsonAsync($"api/permissions/{name}/{user}", new { configure = ".*", write = ".*", read = ".*" })).EnsureSuccessStatusCode();
        return new(name, postgres, management, new()
        {
            ["PORTRAITGEN_POSTGRES"] = new NpgsqlConnectionStringBuilder(postgres) { Database = name, MaxPoolSize = 20 }.ToString(),
            ["PORTRAITGEN_RABBITMQ"] = new UriBuilder(url) { Path = name }.Uri.ToString(),
            ["PORTRAITGEN_S3"] = new UriBuilder(s3) { Path = name }.Uri.ToString(),
        });
    }

    /// <summary>The same settings, with what stands between in the servers' stead.</summary>
    public IReadOnlyDictionary<string, string?> Through(Wire? rabbit = null, Wire? postgres = null, Uri? s3 = null)
    {
        var settings = Environment.ToDictionary();
        if (rabbit is not null) settings["PORTRAITGEN_RABBITMQ"] = new UriBuilder(Environment["PORTRAITGEN_RABBITMQ"]!) { Host = "127.0.0.1", Port = rabbit.Port }.Uri.ToString();
        if (postgres is not null) settings["PORTRAITGEN_POSTGRES"] = new NpgsqlConnectionStringBuilder(Postgres) { Host = "127.0.0.1", Port = postgres.Port }.ToString();
        if (s3 is not null) settings["PORTRAITGEN_S3"] = new UriBuilder(Environment["PORTRAITGEN_S3"]!) { Host = s3.Host, Port = s3.Port }.Uri.ToString();
        return settings;
    }

    /// <summary>A wire to the place's broker.</summary>
    public Wire ToRabbit()
    {
        var url = new Uri(Environment["PORTRAITGEN_RABBITMQ"]!);
        return Wire.To(url.Host, url.Port > 0 ? url.Port : 5672);
    }

    /// <summary>A wire to the place's database.</summary>
    public Wire ToPostgres()
    {
        var rows = new NpgsqlConnectionStringBuilder(Postgres);
        return Wire.To(rows.Host!, rows.Port);
    }

    /// <summary>One number that a statement over the place's rows gives.</summary>
    public async Task<long> CountAsync(string sql, params (string Name, object Value)[] parameters) => Convert.ToInt64(await ScalarAsync(sql, parameters) ?? 0);

    /// <summary>One text that a statement over the place's rows gives, or null.</summary>
    public async Task<string?> TextAsync(string sql, params (string Name, object Value)[] parameters) => await ScalarAsync(sql, parameters) as string;

    /// <summary>Waits until a count over the place's rows is above zero.</summary>
    public async Task UntilAsync(string sql, params (string Name, object Value)[] parameters)
    {
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < Micro.MicroCampaign.Patience; await Task.Delay(50))
            if (await CountAsync(sql, parameters) > 0) return;
        Assert.Fail($"Waited {Micro.MicroCampaign.Patience.TotalSeconds} s for: {sql}");
    }

    /// <summary>The first shard of a campaign that is seen running. Looked up in the rows over one connection: a shard of these campaigns lasts a twentieth of a second.</summary>
    /// <param name="kinds">Kinds that are meant; none is any.</param>
    public async Task<Guid> RunningShardAsync(Guid campaign, params string[] kinds)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Postgres) { Pooling = false }.ToString());
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("""
            SELECT (SELECT id FROM shards WHERE campaign_id = @c AND state = 'Running' AND (cardinality(@kinds) = 0 OR kind = ANY(@kinds)) LIMIT 1),
                   (SELECT state FROM campaigns WHERE id = @c)
            """, connection);
        command.Parameters.AddWithValue("c", campaign);
        command.Parameters.AddWithValue("kinds", kinds);
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < Micro.MicroCampaign.Patience; await Task.Delay(1))
        {
            await using var row = await command.ExecuteReaderAsync();
            await row.ReadAsync();
            if (!row.IsDBNull(0)) return row.GetGuid(0);
            Assert.True(row.GetString(1) is "Queued" or "Running", $"The campaign is {row.GetString(1)}; no shard of kind {string.Join(" or ", kinds)} was seen running.");
        }

        throw new TimeoutException($"No shard of kind {string.Join(" or ", kinds)} was seen running within {Micro.MicroCampaign.Patience.TotalSeconds} s.");
    }

    private async Task<object?> ScalarAsync(string sql, (string Name, object Value)[] parameters)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Postgres) { Pooling = false }.ToString());
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var (name, given) in parameters) command.Parameters.AddWithValue(name, given);
        return await command.ExecuteScalarAsync() is { } value and not DBNull ? value : null;
    }

    /// <summary>Gives database and virtual host back. The bucket ends with the throwaway server.</summary>
    public async ValueTask DisposeAsync()
    {
        using var http = Management(_management);
        await http.DeleteAsync($"api/vhosts/{_name}");
        await using var connection = new NpgsqlConnection(_server);
        await connection.OpenAsync();
        await using var drop = new NpgsqlCommand($"DROP DATABASE \"{_name}\" WITH (FORCE)", connection);
        await drop.ExecuteNonQueryAsync();
    }

    private static HttpClient Management(string management)
    {
        var api = new Uri(management);
        var http = new HttpClient { BaseAddress = new Uri($"{api.Scheme}://{api.Authority}/"), Timeout = TimeSpan.FromSeconds(20) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(api.UserInfo))));
        return http;
    }

    private static string Required(string variable, string form)
    {
        string? value = System.Environment.GetEnvironmentVariable(variable);
        Assert.True(!string.IsNullOrWhiteSpace(value), $"{variable} is not set. Run tests/run.sh, which starts real servers and runs all tests, or set it to {form}.");
        return value!;
    }
}

using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using Npgsql;

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

    /// <summary>One number that a statement over the place's rows gives.</summary>
    public async Task<long> CountAsync(string sql, params (string Name, object Value)[] parameters)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Postgres) { Pooling = false }.ToString());
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var (name, value) in parameters) command.Parameters.AddWithValue(name, value);
        return Convert.ToInt64(await command.ExecuteScalarAsync());
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

using Npgsql;

namespace PortraitGen.Conformance.Tests.Data;

/// <summary>A real PostgreSQL, with a database of its own for each test.</summary>
internal static class PostgresServer
{
    private const string Variable = "PORTRAITGEN_TEST_POSTGRES";
    private static int _count;

    /// <summary>The connection string of a fresh, empty database.</summary>
    public static async Task<string> FreshDatabaseAsync()
    {
        string? server = Environment.GetEnvironmentVariable(Variable);
        if (string.IsNullOrWhiteSpace(server))
        {
            Assert.Fail($"{Variable} is not set. Run tests/run.sh, which starts real servers and runs all tests, or set it to an Npgsql connection string "
                + "of a user who may create databases.");
        }

        string name = $"pg_{Environment.ProcessId}_{Interlocked.Increment(ref _count)}";
        await using var connection = new NpgsqlConnection(server);
        await connection.OpenAsync();
        foreach (string statement in new[] { $"DROP DATABASE IF EXISTS {name} WITH (FORCE)", $"CREATE DATABASE {name}" })
        {
            await using var command = new NpgsqlCommand(statement, connection);
            await command.ExecuteNonQueryAsync();
        }

        return new NpgsqlConnectionStringBuilder(server)
        {
            // A test's pools outlive it by seconds only: the server has a hundred connections for all tests.
            Database = name,
            MaxPoolSize = 20,
            ConnectionIdleLifetime = 3,
            ConnectionPruningInterval = 1,
            IncludeErrorDetail = true,
        }.ToString();
    }
}

/// <summary>One after the other: each has pools of its own, and some stop servers.</summary>
[CollectionDefinition(nameof(ServerCollection))]
public sealed class ServerCollection;

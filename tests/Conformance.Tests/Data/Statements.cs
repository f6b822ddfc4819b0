using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;
using PortraitGen.Jobs.Data;

namespace PortraitGen.Conformance.Tests.Data;

/// <summary>Keeps the statements that were asked, to have PostgreSQL explain them afterwards.</summary>
internal sealed class Statements : DbCommandInterceptor
{
    public List<(string Sql, IReadOnlyList<NpgsqlParameter> Parameters)> Kept { get; } = [];

    /// <summary>Those that could read all of a table that grows.</summary>
    public IEnumerable<(string Sql, IReadOnlyList<NpgsqlParameter> Parameters)> OfGrowingTables => Kept.Where(k => k.Sql.Contains("shards") || k.Sql.Contains("jobs"));

    public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
    {
        Kept.Add((command.CommandText, [.. command.Parameters.Cast<NpgsqlParameter>().Select(p => p.Clone())]));
        return new(result);
    }

    public override ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        Kept.Add((command.CommandText, [.. command.Parameters.Cast<NpgsqlParameter>().Select(p => p.Clone())]));
        return new(result);
    }

    public static async Task<string> PlanAsync(JobsDb db, string sql, IReadOnlyList<NpgsqlParameter> parameters, CancellationToken cancel)
    {
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        if (connection.State is not System.Data.ConnectionState.Open) await connection.OpenAsync(cancel);
        await using var command = new NpgsqlCommand("EXPLAIN (COSTS OFF) " + sql, connection);
        foreach (var parameter in parameters) command.Parameters.Add(parameter.Clone());
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var lines = new List<string>();
        while (await reader.ReadAsync(cancel)) lines.Add(reader.GetString(0));
        return string.Join('\n', lines);
    }
}

using Microsoft.EntityFrameworkCore;
using PortraitGen.Jobs.Data;

namespace PortraitGen.Conformance.Tests.Data;

/// <summary>Fills PostgreSQL with rows as campaigns would leave them, made by the server itself.</summary>
internal static class ManyRows
{
    /// <summary>Running campaigns of as many teams with waiting shards, and beside them ended ones: a job each, with a shard.</summary>
    public static async Task AddAsync(JobsDb db, int campaigns, int shardsEach, int history, CancellationToken cancel)
    {
        db.Database.SetCommandTimeout(TimeSpan.FromMinutes(10));
        // Ids order by number, ended ones first, as they would by time.
        const string Id = "lpad(to_hex({0}), 8, '0') || '-0000-7000-8000-' || lpad(to_hex({1}), 12, '0')";
        static string Of(string kind, string number) => $"({string.Format(System.Globalization.CultureInfo.InvariantCulture, Id, kind, number)})::uuid";
        foreach (var (from, to, live, shards) in new[] { (1, history, false, 1), (history + 1, history + campaigns, true, shardsEach) })
        {
            if (to < from) continue;
            string state = live ? "Running" : "Succeeded", ended = live ? "NULL" : "now()";
            await ExecuteAsync($"""
                INSERT INTO campaigns (id, kind, name, team, state, spec, spec_hash, priority, created_at, started_at, ended_at, version)
                SELECT {Of("1", "i")}, 'toy', 'many', 'team-' || i, '{state}', '{"{}"}', repeat('0', 64), 0, now(), now(), {ended}, 1 FROM generate_series({from}, {to}) AS i
                """);
            await ExecuteAsync($"""
                INSERT INTO jobs (id, campaign_id, ordinal, kind, name, parameters, state, stage, stage_name, stage_size, remaining, output, started_at, ended_at, device_seconds, shards_done)
                SELECT {Of("2", "i")}, {Of("1", "i")}, 0, 'toy-job', 'toy-0', '{"{}"}', '{state}', 1, 'stage-0', {shards}, {(live ? shards : 0)}, {(live ? "NULL" : "'{}'")}, now(), {ended}, 0, 0
                FROM generate_series({from}, {to}) AS i
                """);
            await ExecuteAsync($"""
                INSERT INTO shards (id, job_id, campaign_id, stage, stage_name, index, kind, input, input_key, state, attempt, deaths, retries, fraction, created_at, ended_at, result_hash, device_seconds)
                SELECT {Of("3", $"i::bigint * {shards} + j")}, {Of("2", "i")}, {Of("1", "i")}, 1, 'stage-0', j, 'toy', '{"{}"}', repeat('0', 64), '{(live ? "Pending" : "Succeeded")}', 0, 0, 0, 0, now(),
                       {ended}, {(live ? "NULL" : "repeat('1', 64)")}, 0
                FROM generate_series({from}, {to}) AS i, generate_series(0, {shards - 1}) AS j
                """);
        }

        await ExecuteAsync("ANALYZE");

        async Task ExecuteAsync(string sql)
        {
#pragma warning disable EF1002 // numbers and constants only
            await db.Database.ExecuteSqlRawAsync(sql.Replace("{}", "{{}}", StringComparison.Ordinal), cancel);
#pragma warning restore EF1002
        }
    }
}

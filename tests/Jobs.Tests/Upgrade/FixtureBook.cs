using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Jobs.Data;

namespace PortraitGen.Jobs.Tests.Upgrade;

/// <summary>What one version left: rows as SQL, messages as they were on the wire, and the store that belongs to them.</summary>
public sealed class FixtureBook(string folder)
{
    public static IReadOnlyList<string> Versions { get; } = [.. Directory.EnumerateDirectories(Path.Combine(AppContext.BaseDirectory, "Upgrade", "Fixtures")).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    public static FixtureBook Of(string version) => new(Path.Combine(AppContext.BaseDirectory, "Upgrade", "Fixtures", version));

    public string Messages => Path.Combine(folder, "messages");

    /// <summary>The engine version that planned the recorded shards, the campaign and its specification.</summary>
    public JsonObject About => (JsonObject)JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "about.json")))!;

    /// <summary>Makes the old version's database: its schema, its migration history, its rows.</summary>
    public async Task LoadAsync(JobsDb db, CancellationToken cancel)
    {
        string sql = await File.ReadAllTextAsync(Path.Combine(folder, db.Database.IsSqlite() ? "rows.sqlite.sql" : "rows.postgres.sql"), cancel);
        await db.Database.OpenConnectionAsync(cancel);
        await using var command = db.Database.GetDbConnection().CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(cancel);
    }

    public async Task LoadStoreAsync(IArtifactStore store, CancellationToken cancel)
    {
        var kept = (JsonObject)JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "store.json"), cancel))!;
        foreach (var text in kept["objects"]!.AsArray()) await store.PutAsync(Encoding.UTF8.GetBytes(text!.GetValue<string>()), "text/plain", cancel);
        foreach (var (name, text) in kept["named"]!.AsObject()) await store.TryPutNamedAsync(name, Encoding.UTF8.GetBytes(text!.GetValue<string>()), cancel);
    }

    /// <summary>Schema and rows of a database as SQL that makes them again.</summary>
    public static async Task<string> DumpAsync(JobsDb db, CancellationToken cancel)
    {
        bool sqlite = db.Database.IsSqlite();
        var text = new StringBuilder(db.GetService<IMigrator>().GenerateScript(options: MigrationsSqlGenerationOptions.NoTransactions)).AppendLine();
        await db.Database.OpenConnectionAsync(cancel);
        foreach (var table in db.Model.GetRelationalModel().Tables.OrderBy(t => Order(t.Name)).ThenBy(t => t.Name, StringComparer.Ordinal))
        {
            string[] columns = [.. table.Columns.Select(c => c.Name)];
            string quoted = string.Join(", ", columns.Select(c => sqlite ? $"quote(\"{c}\")" : $"quote_nullable(\"{c}\"::text)"));
            await using var command = db.Database.GetDbConnection().CreateCommand();
            command.CommandText = $"SELECT {quoted} FROM \"{table.Name}\" ORDER BY 1";
            await using var reader = await command.ExecuteReaderAsync(cancel);
            while (await reader.ReadAsync(cancel))
                text.AppendLine(CultureInfo.InvariantCulture, $"INSERT INTO \"{table.Name}\" ({string.Join(", ", columns.Select(c => $"\"{c}\""))}) VALUES ({string.Join(", ", columns.Select((_, i) => reader.GetString(i)))});");
        }

        if (!sqlite) text.AppendLine("SELECT setval(pg_get_serial_sequence('campaign_events', 'number'), (SELECT max(number) FROM campaign_events));");
        return text.ToString();
    }

    // Rows that others refer to come first.
    private static int Order(string table) => Array.IndexOf(["campaigns", "jobs", "shards"], table) is >= 0 and var i ? i : 9;
}

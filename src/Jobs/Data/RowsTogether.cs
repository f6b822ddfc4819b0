using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata;
using Npgsql;

namespace PortraitGen.Jobs.Data;

/// <summary>Saves rows that changed alike with one statement for all of them: one for each row costs PostgreSQL a plan and us a command every time.</summary>
public static class RowsTogether
{
    /// <summary>Saves what the context tracks. On SQLite as the context does by itself: there a statement is a call inside the process.</summary>
    /// <remarks>Rows that are added must refer only to rows that are stored already.</remarks>
    /// <exception cref="DbUpdateConcurrencyException">A row that was changed is gone.</exception>
    public static async Task SaveTogetherAsync(this JobsDb db, CancellationToken cancel)
    {
        if (db.Database.IsNpgsql())
        {
            var changed = db.ChangeTracker.Entries().Where(e => e.State is EntityState.Added or EntityState.Modified).ToList();
            foreach (var alike in changed.GroupBy(e => (e.Metadata, e.State, string.Join(',', Written(e).Select(p => p.Name)))).Where(g => g.Skip(1).Any()))
            {
                // What the database makes up must be read back, and a row's version asked for: not here.
                if (alike.Key.Metadata.GetProperties().Any(p => p.IsConcurrencyToken || p.ValueGenerated is not ValueGenerated.Never)) continue;
                await WriteAsync(db, [.. alike], cancel);
                foreach (var entry in alike) entry.State = EntityState.Unchanged;
            }
        }

        await db.SaveChangesAsync(cancel);
    }

    private static IEnumerable<IProperty> Written(EntityEntry entry) =>
        entry.Metadata.GetProperties().Where(p => entry.State is EntityState.Added || p.IsPrimaryKey() || entry.Property(p).IsModified);

    private static async Task WriteAsync(JobsDb db, List<EntityEntry> rows, CancellationToken cancel)
    {
        string name = rows[0].Metadata.GetTableName()!;
        var table = StoreObjectIdentifier.Table(name);
        var columns = Written(rows[0]).Select((p, i) => (Property: p, Name: $"\"{p.GetColumnName(table)}\"", Array: $"@p{i}::{p.GetColumnType()}[]")).ToList();
        string names = string.Join(", ", columns.Select(c => c.Name)), values = $"unnest({string.Join(", ", columns.Select(c => c.Array))})";
        string Equal(bool key, string separator, string left) =>
            string.Join(separator, columns.Where(c => c.Property.IsPrimaryKey() == key).Select(c => $"{left}{c.Name} = new.{c.Name}"));
        string sql = rows[0].State is EntityState.Added
            ? $"INSERT INTO {name} ({names}) SELECT * FROM {values}"
            : $"UPDATE {name} AS old SET {Equal(false, ", ", "")} FROM {values} AS new ({names}) WHERE {Equal(true, " AND ", "old.")}";
        int written = await db.Database.ExecuteSqlRawAsync(sql, columns.Select((c, i) => new NpgsqlParameter($"p{i}", Values(c.Property, rows))), cancel);
        if (written != rows.Count) throw new DbUpdateConcurrencyException($"Of {rows.Count} rows of {name}, {written} were there to be changed.");
    }

    /// <summary>One column of all the rows, as the model's converters store it.</summary>
    private static Array Values(IProperty property, List<EntityEntry> rows)
    {
        var converter = property.GetTypeMapping().Converter;
        var type = converter?.ProviderClrType ?? property.ClrType;
        if (property.IsNullable && type.IsValueType && Nullable.GetUnderlyingType(type) is null) type = typeof(Nullable<>).MakeGenericType(type);
        var values = Array.CreateInstance(type, rows.Count);
        for (int i = 0; i < rows.Count; i++)
        {
            object? value = rows[i].Property(property).CurrentValue;
            values.SetValue(value is null || converter is null ? value : converter.ConvertToProvider(value), i);
        }

        return values;
    }
}

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using PortraitGen.Jobs.Data;

namespace PortraitGen.Migrations.Sqlite;

/// <summary>Tells dotnet-ef what the model is; no database is opened.</summary>
public sealed class SqliteDesign : IDesignTimeDbContextFactory<JobsDb>
{
    public JobsDb CreateDbContext(string[] args)
    {
        var builder = new DbContextOptionsBuilder<JobsDb>();
        Database.UseSqlite(builder, "design.db");
        return new(builder.Options);
    }
}

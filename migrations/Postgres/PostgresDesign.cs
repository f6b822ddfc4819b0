using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using PortraitGen.Jobs.Data;

namespace PortraitGen.Migrations.Postgres;

/// <summary>Tells dotnet-ef what the model is; no database is opened.</summary>
public sealed class PostgresDesign : IDesignTimeDbContextFactory<JobsDb>
{
    public JobsDb CreateDbContext(string[] args)
    {
        var builder = new DbContextOptionsBuilder<JobsDb>();
        Database.UsePostgres(builder, "Host=localhost");
        return new(builder.Options);
    }
}

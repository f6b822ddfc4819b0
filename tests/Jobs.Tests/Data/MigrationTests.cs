using Microsoft.EntityFrameworkCore;
using PortraitGen.Jobs.Data;

namespace PortraitGen.Jobs.Tests.Data;

public sealed class MigrationTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_model_has_no_change_without_a_migration(bool postgres)
    {
        var builder = new DbContextOptionsBuilder<JobsDb>();
        if (postgres) Database.UsePostgres(builder, "Host=nowhere");
        else Database.UseSqlite(builder, "unused.db");
        using var db = new JobsDb(builder.Options);
        Assert.False(db.Database.HasPendingModelChanges(), "Run eng/add-migration.sh, see migrations/README.md.");
    }
}

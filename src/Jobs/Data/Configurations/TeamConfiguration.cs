using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PortraitGen.Domain.Scheduling;

namespace PortraitGen.Jobs.Data.Configurations;

internal sealed class TeamConfiguration : IEntityTypeConfiguration<TeamShare>
{
    public void Configure(EntityTypeBuilder<TeamShare> builder)
    {
        builder.ToTable("teams", table =>
        {
            table.HasCheckConstraint("ck_teams_weight", "weight > 0");
            table.HasCheckConstraint("ck_teams_max_shards", "max_shards IS NULL OR max_shards >= 0");
        });
        builder.HasKey(t => t.Name);
        builder.Property(t => t.Name).HasMaxLength(100);
    }
}

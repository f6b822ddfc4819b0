using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PortraitGen.Domain.Campaigns;

namespace PortraitGen.Jobs.Data.Configurations;

internal sealed class CampaignConfiguration : IEntityTypeConfiguration<Campaign>
{
    public void Configure(EntityTypeBuilder<Campaign> builder)
    {
        builder.ToTable("campaigns", table => table.HasCheckConstraint(
            "ck_campaigns_ended", "(ended_at IS NOT NULL) = (state IN ('Succeeded', 'Failed', 'Cancelled'))"));
        builder.HasKey(c => c.Id);
        builder.Property(c => c.Id).ValueGeneratedNever();
        builder.Property(c => c.Kind).HasMaxLength(32);
        builder.Property(c => c.Name).HasMaxLength(200);
        builder.Property(c => c.Team).HasMaxLength(100);
        builder.Property(c => c.IdempotencyKey).HasMaxLength(200);
        builder.Property(c => c.Needs).HasMaxLength(200);
        builder.Property(c => c.FailureClass).HasMaxLength(32);
        builder.Property(c => c.Version).IsConcurrencyToken();
        builder.HasIndex(c => new { c.Team, c.IdempotencyKey }).IsUnique();
        builder.HasIndex(c => new { c.State, c.Id });
        builder.HasIndex(c => new { c.ArchivedAt, c.EndedAt });
    }
}

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PortraitGen.Domain.Campaigns;

namespace PortraitGen.Jobs.Data.Configurations;

internal sealed class JobConfiguration : IEntityTypeConfiguration<Job>
{
    public void Configure(EntityTypeBuilder<Job> builder)
    {
        builder.ToTable("jobs", table =>
        {
            table.HasCheckConstraint("ck_jobs_ended", "(ended_at IS NOT NULL) = (state IN ('Succeeded', 'Failed', 'Cancelled'))");
            table.HasCheckConstraint("ck_jobs_remaining", "remaining >= 0 AND remaining <= stage_size");
            table.HasCheckConstraint("ck_jobs_output", "(output IS NOT NULL) = (state = 'Succeeded')");
        });
        builder.HasKey(j => j.Id);
        builder.Property(j => j.Id).ValueGeneratedNever();
        builder.Property(j => j.Kind).HasMaxLength(32);
        builder.Property(j => j.Name).HasMaxLength(200);
        builder.Property(j => j.StageName).HasMaxLength(100);
        builder.Property(j => j.FailureClass).HasMaxLength(32);
        builder.HasIndex(j => new { j.CampaignId, j.Ordinal }).IsUnique();
        builder.HasIndex(j => new { j.CampaignId, j.Name }).IsUnique();
        builder.HasIndex(j => new { j.State, j.Id });
        builder.HasIndex(j => new { j.Kind, j.Id });
        builder.HasOne<Campaign>().WithMany().HasForeignKey(j => j.CampaignId).OnDelete(DeleteBehavior.Cascade);
    }
}

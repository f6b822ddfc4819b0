using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PortraitGen.Domain.Campaigns;

namespace PortraitGen.Jobs.Data.Configurations;

internal sealed class CampaignEventConfiguration : IEntityTypeConfiguration<CampaignEvent>
{
    public void Configure(EntityTypeBuilder<CampaignEvent> builder)
    {
        builder.ToTable("campaign_events");
        builder.HasKey(e => e.Number);
        builder.Property(e => e.Number).ValueGeneratedOnAdd();
        builder.Property(e => e.Kind).HasMaxLength(32);
        builder.HasIndex(e => new { e.CampaignId, e.Number });
        builder.HasOne<Campaign>().WithMany().HasForeignKey(e => e.CampaignId).OnDelete(DeleteBehavior.Cascade);
    }
}

internal sealed class MetricPointConfiguration : IEntityTypeConfiguration<MetricPoint>
{
    public void Configure(EntityTypeBuilder<MetricPoint> builder)
    {
        builder.ToTable("metric_points");
        builder.HasKey(m => new { m.CampaignId, m.Series, m.Step });
        builder.Property(m => m.Series).HasMaxLength(200);
        builder.HasOne<Campaign>().WithMany().HasForeignKey(m => m.CampaignId).OnDelete(DeleteBehavior.Cascade);
    }
}

internal sealed class CampaignArtifactConfiguration : IEntityTypeConfiguration<CampaignArtifact>
{
    public void Configure(EntityTypeBuilder<CampaignArtifact> builder)
    {
        builder.ToTable("campaign_artifacts");
        builder.HasKey(a => new { a.CampaignId, a.JobId, a.Name });
        builder.Property(a => a.Name).HasMaxLength(300);
        builder.Property(a => a.MediaType).HasMaxLength(100);
        builder.HasIndex(a => a.Hash);
        builder.HasOne<Campaign>().WithMany().HasForeignKey(a => a.CampaignId).OnDelete(DeleteBehavior.Cascade);
    }
}

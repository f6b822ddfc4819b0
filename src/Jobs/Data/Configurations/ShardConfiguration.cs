using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PortraitGen.Domain.Campaigns;

namespace PortraitGen.Jobs.Data.Configurations;

internal sealed class ShardConfiguration : IEntityTypeConfiguration<Shard>
{
    public void Configure(EntityTypeBuilder<Shard> builder)
    {
        builder.ToTable("shards", table =>
        {
            table.HasCheckConstraint("ck_shards_ended", "(ended_at IS NOT NULL) = (state IN ('Succeeded', 'Failed', 'Parked', 'Cancelled'))");
            table.HasCheckConstraint("ck_shards_result", "(result_hash IS NOT NULL) = (state = 'Succeeded')");
            table.HasCheckConstraint("ck_shards_runner", "state <> 'Running' OR boot_id IS NOT NULL");
        });
        builder.HasKey(s => s.Id);
        builder.Property(s => s.Id).ValueGeneratedNever();
        builder.Property(s => s.Kind).HasMaxLength(32);
        builder.Property(s => s.StageName).HasMaxLength(100);
        builder.Property(s => s.Worker).HasMaxLength(200);
        builder.Property(s => s.Queue).HasMaxLength(100);
        builder.Property(s => s.FailureClass).HasMaxLength(32);
        builder.HasIndex(s => new { s.JobId, s.Stage, s.Index }).IsUnique();
        builder.HasIndex(s => new { s.State, s.Id });
        builder.HasIndex(s => new { s.CampaignId, s.State, s.Id }); // the next waiting shard of a campaign is its first entry
        builder.HasOne<Job>().WithMany().HasForeignKey(s => s.JobId).OnDelete(DeleteBehavior.Cascade);
    }
}

internal sealed class ShardAttemptConfiguration : IEntityTypeConfiguration<ShardAttempt>
{
    public void Configure(EntityTypeBuilder<ShardAttempt> builder)
    {
        builder.ToTable("shard_attempts", table => table.HasCheckConstraint(
            "ck_shard_attempts_outcome", "(ended_at IS NOT NULL) = (outcome IS NOT NULL)"));
        builder.HasKey(a => a.Id);
        builder.Property(a => a.Id).ValueGeneratedNever();
        builder.Property(a => a.Worker).HasMaxLength(200);
        builder.Property(a => a.Outcome).HasMaxLength(32);
        builder.HasIndex(a => a.ShardId);
        builder.HasIndex(a => new { a.Worker, a.EndedAt });
        builder.HasOne<Shard>().WithMany().HasForeignKey(a => a.ShardId).OnDelete(DeleteBehavior.Cascade);
    }
}

internal sealed class WorkerRecordConfiguration : IEntityTypeConfiguration<WorkerRecord>
{
    public void Configure(EntityTypeBuilder<WorkerRecord> builder)
    {
        builder.ToTable("workers");
        builder.HasKey(w => w.Name);
        builder.Property(w => w.Name).HasMaxLength(200);
        builder.Property(w => w.Queue).HasMaxLength(100);
        builder.HasIndex(w => w.LastSeen);
    }
}

using Microsoft.EntityFrameworkCore;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Curation;
using PortraitGen.Domain.Scheduling;

namespace PortraitGen.Jobs.Data;

/// <summary>The rows: the truth about campaigns, and the outbox of shards. The same model on SQLite and PostgreSQL.</summary>
/// <remarks>Locks are taken in the order campaign, job, shard, team, several of a kind by id. Whoever changes the state of a job or ends a shard holds the job's row,
/// and events are added under such a lock, so that the numbers of one campaign's events appear in order.</remarks>
public sealed class JobsDb(DbContextOptions<JobsDb> options) : DbContext(options)
{
    public DbSet<Campaign> Campaigns => Set<Campaign>();
    public DbSet<Job> Jobs => Set<Job>();
    public DbSet<Shard> Shards => Set<Shard>();
    public DbSet<ShardAttempt> Attempts => Set<ShardAttempt>();
    public DbSet<TeamShare> Teams => Set<TeamShare>();
    public DbSet<WorkerRecord> Workers => Set<WorkerRecord>();
    public DbSet<CampaignEvent> Events => Set<CampaignEvent>();
    public DbSet<MetricPoint> Metrics => Set<MetricPoint>();
    public DbSet<CampaignArtifact> Artifacts => Set<CampaignArtifact>();
    public DbSet<Batch> Batches => Set<Batch>();
    public DbSet<Photo> Photos => Set<Photo>();
    public DbSet<DatasetVersion> Datasets => Set<DatasetVersion>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(JobsDb).Assembly);
        SnakeCase.Apply(modelBuilder);
    }

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        configurationBuilder.Properties<CampaignId>().HaveConversion<CampaignIdConverter>();
        configurationBuilder.Properties<JobId>().HaveConversion<JobIdConverter>();
        configurationBuilder.Properties<ShardId>().HaveConversion<ShardIdConverter>();
        configurationBuilder.Properties<BatchId>().HaveConversion<BatchIdConverter>();
        configurationBuilder.Properties<ContentHash>().HaveConversion<ContentHashConverter>().HaveMaxLength(64);
        configurationBuilder.Properties<CampaignState>().HaveConversion<string>().HaveMaxLength(12);
        configurationBuilder.Properties<JobState>().HaveConversion<string>().HaveMaxLength(12);
        configurationBuilder.Properties<ShardState>().HaveConversion<string>().HaveMaxLength(12);
        configurationBuilder.Properties<PhotoState>().HaveConversion<string>().HaveMaxLength(12);
        // SQLite cannot order DateTimeOffset; UTC ticks order alike everywhere.
        if (Database.IsSqlite()) configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UtcTicksConverter>();
        else configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UtcConverter>();
    }
}

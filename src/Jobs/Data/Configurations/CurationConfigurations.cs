using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PortraitGen.Domain.Curation;

namespace PortraitGen.Jobs.Data.Configurations;

internal sealed class BatchConfiguration : IEntityTypeConfiguration<Batch>
{
    public void Configure(EntityTypeBuilder<Batch> builder)
    {
        builder.ToTable("batches");
        builder.HasKey(b => b.Id);
        builder.Property(b => b.Id).ValueGeneratedNever();
        builder.Property(b => b.Name).HasMaxLength(200);
        builder.Property(b => b.Team).HasMaxLength(100);
    }
}

internal sealed class PhotoConfiguration : IEntityTypeConfiguration<Photo>
{
    public void Configure(EntityTypeBuilder<Photo> builder)
    {
        builder.ToTable("photos", table =>
        {
            table.HasCheckConstraint("ck_photos_curated", "(curated_hash IS NOT NULL) = (state = 'Accepted')");
            table.HasCheckConstraint("ck_photos_reason", "(reason IS NOT NULL) = (state = 'Rejected')");
        });
        builder.HasKey(p => p.Id);
        builder.Property(p => p.Id).ValueGeneratedNever();
        builder.Property(p => p.Name).HasMaxLength(400);
        builder.Property(p => p.MediaType).HasMaxLength(100);
        builder.HasIndex(p => new { p.BatchId, p.Name }).IsUnique();
        builder.HasIndex(p => p.Hash);
        builder.HasOne<Batch>().WithMany().HasForeignKey(p => p.BatchId).OnDelete(DeleteBehavior.Cascade);
    }
}

internal sealed class DatasetVersionConfiguration : IEntityTypeConfiguration<DatasetVersion>
{
    public void Configure(EntityTypeBuilder<DatasetVersion> builder)
    {
        builder.ToTable("dataset_versions");
        builder.HasKey(d => d.Id);
        builder.Property(d => d.Id).ValueGeneratedNever();
        builder.Property(d => d.Name).HasMaxLength(200);
        builder.Property(d => d.Team).HasMaxLength(100);
        builder.HasIndex(d => new { d.Name, d.Hash }).IsUnique();
        builder.HasIndex(d => d.Hash);
    }
}

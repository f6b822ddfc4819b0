using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;

namespace PortraitGen.Jobs.Data;

internal sealed class CampaignIdConverter() : ValueConverter<CampaignId, Guid>(id => id.Value, value => new(value));

internal sealed class JobIdConverter() : ValueConverter<JobId, Guid>(id => id.Value, value => new(value));

internal sealed class ShardIdConverter() : ValueConverter<ShardId, Guid>(id => id.Value, value => new(value));

internal sealed class BatchIdConverter() : ValueConverter<BatchId, Guid>(id => id.Value, value => new(value));

internal sealed class ContentHashConverter() : ValueConverter<ContentHash, string>(hash => hash.Hex, text => ContentHash.Parse(text));

internal sealed class UtcTicksConverter() : ValueConverter<DateTimeOffset, long>(time => time.UtcTicks, ticks => new(ticks, TimeSpan.Zero));

internal sealed class UtcConverter() : ValueConverter<DateTimeOffset, DateTimeOffset>(time => time.ToUniversalTime(), time => time);

using System.ComponentModel.DataAnnotations;

namespace PortraitGen.Domain.Scheduling;

/// <summary>A team's right to devices, and what it used of them.</summary>
/// <remarks>Used device-seconds are forgotten by half a day after day, so that yesterday's feast is paid for and last month's is not.</remarks>
public sealed class TeamShare
{
    public const double MinWeight = 0.01, MaxWeight = 1000;
    public static readonly TimeSpan HalfLife = TimeSpan.FromDays(1);

    private TeamShare() { }

    public TeamShare(string name, DateTimeOffset now) => (Name, UsedAt) = (name, now);

    [StringLength(100, MinimumLength = 1)] public string Name { get; private set; } = "";

    /// <summary>Its part of the devices against other teams that wait: 2 gets twice what 1 gets.</summary>
    public double Weight { get; private set; } = 1;

    /// <summary>Shards in flight at most, over all its campaigns; null: no limit.</summary>
    public int? MaxShards { get; private set; }

    /// <summary>Decayed device-seconds as of <see cref="UsedAt"/>.</summary>
    public double Used { get; private set; }

    public DateTimeOffset UsedAt { get; private set; }

    public void Set(double weight, int? maxShards) => (Weight, MaxShards) = (Math.Clamp(weight, MinWeight, MaxWeight), maxShards);

    /// <summary>Device-seconds used, decayed to <paramref name="now"/>.</summary>
    public double UsedBy(DateTimeOffset now) => Used * Math.Pow(2, -Math.Max(0, (now - UsedAt) / HalfLife));

    /// <summary>Adds device-seconds that were used up to now.</summary>
    public void Charge(double deviceSeconds, DateTimeOffset now) => (Used, UsedAt) = (UsedBy(now) + deviceSeconds, now > UsedAt ? now : UsedAt);
}

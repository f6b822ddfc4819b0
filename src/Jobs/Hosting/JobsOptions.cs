using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Artifacts;

namespace PortraitGen.Jobs.Hosting;

/// <summary>Where rows, messages and bytes live. What is not set takes its embedded form.</summary>
public sealed record JobsOptions
{
    /// <summary>An Npgsql connection string; null: a SQLite file in <see cref="DataFolder"/>.</summary>
    public string? Postgres { get; init; }

    /// <summary>amqp://user:password@host:port/vhost; null: a bus inside this process.</summary>
    public string? RabbitMq { get; init; }

    /// <summary>http(s)://KEY:SECRET@host:port/bucket; null: a folder in <see cref="DataFolder"/>.</summary>
    public string? S3 { get; init; }

    public string DataFolder { get; init; } = "out/portraitgen";

    /// <summary>Whether a start brings the schema up to date. Turn off where migrations are a step of their own (<c>db migrate</c>).</summary>
    public bool MigrateAtStart { get; init; } = true;

    public RetryBudgets Budgets { get; init; } = RetryBudgets.Default;

    /// <summary>A running shard without a heartbeat for this long is dispatched again. Heartbeats come every 10 s.</summary>
    public TimeSpan HeartbeatPatience { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>A dispatched shard that nobody took for this long is published again. Longer than the window takes to drain.</summary>
    public TimeSpan QueuePatience { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The pause between two sweeps.</summary>
    public TimeSpan SweepEvery { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Shards of a campaign that ended this long ago are moved out of the tables, into an artifact of the campaign.</summary>
    public TimeSpan KeepShards { get; init; } = TimeSpan.FromDays(30);

    /// <summary>What the nightly collection lets go.</summary>
    public RetentionOptions Retention { get; init; } = new();

    /// <summary>Hangfire workers, and consumers of what is not taken in batches.</summary>
    public int Concurrency { get; init; } = 4;

    /// <summary>Reads PORTRAITGEN_POSTGRES, PORTRAITGEN_RABBITMQ, PORTRAITGEN_S3, PORTRAITGEN_DATA, and what <see cref="RetentionOptions.From"/> reads.</summary>
    public static JobsOptions FromEnvironment() => From(Environment.GetEnvironmentVariable);

    public static JobsOptions From(Func<string, string?> variable) => new()
    {
        Postgres = Set(variable("PORTRAITGEN_POSTGRES")),
        RabbitMq = Set(variable("PORTRAITGEN_RABBITMQ")),
        S3 = Set(variable("PORTRAITGEN_S3")),
        DataFolder = Set(variable("PORTRAITGEN_DATA")) ?? "out/portraitgen",
        Retention = RetentionOptions.From(variable),
    };

    private static string? Set(string? value) => string.IsNullOrWhiteSpace(value) ? null : value.Trim();
}

using Npgsql;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Artifacts;
using PortraitGen.Jobs.Messaging;

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
    /// <exception cref="SettingException">One cannot be read. No server is asked.</exception>
    public static JobsOptions FromEnvironment() => From(Environment.GetEnvironmentVariable).Checked();

    public static JobsOptions From(Func<string, string?> variable) => new()
    {
        Postgres = Set(variable("PORTRAITGEN_POSTGRES")),
        RabbitMq = Set(variable("PORTRAITGEN_RABBITMQ")),
        S3 = Set(variable("PORTRAITGEN_S3")),
        DataFolder = Set(variable("PORTRAITGEN_DATA")) ?? "out/portraitgen",
        Retention = RetentionOptions.From(variable),
    };

    /// <summary>These options, when their addresses can be read. Whether somebody answers there is another question.</summary>
    /// <exception cref="SettingException">One cannot be read.</exception>
    private JobsOptions Checked()
    {
        Read("PORTRAITGEN_POSTGRES", Postgres, Connection, " Its form is Host=…;Port=5432;Database=…;Username=…;Password=….");
        Read("PORTRAITGEN_RABBITMQ", RabbitMq, text => BusAddress.TryParse(text, out var address) ? address
            : throw new FormatException("It is no amqp:// address. A '/', '@', ':' or '#' in the password must be percent-encoded."), " Its form is amqp://user:password@host:5672/vhost.");
        Read("PORTRAITGEN_S3", S3, S3Options.Parse, "");
        return this;
    }

    private static NpgsqlConnectionStringBuilder Connection(string text)
    {
        try
        {
            return new(text);
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            // Not the library's words: they quote the key at fault, which is a part of the password when that has a ';'.
            throw new FormatException("A key is unknown, a value is of the wrong kind, or a ';' in the password is not in quotes (Password=\"a;b\").");
        }
    }

    private static void Read(string variable, string? text, Func<string, object> parse, string form)
    {
        if (text is null) return;
        try
        {
            parse(text);
        }
        catch (FormatException e)
        {
            throw new SettingException($"{variable} cannot be read: {e.Message}{form}");
        }
    }

    private static string? Set(string? value) => string.IsNullOrWhiteSpace(value) ? null : value.Trim();
}

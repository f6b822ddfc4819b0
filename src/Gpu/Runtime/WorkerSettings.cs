using System.Globalization;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Messaging;

namespace PortraitGen.Gpu.Runtime;

/// <summary>What a worker's process is told: where the bus and the store are, and who it is. No database.</summary>
/// <param name="RabbitMq">amqp://user:password@host:port/vhost.</param>
/// <param name="S3">http(s)://KEY:SECRET@host:port/bucket.</param>
/// <param name="Name">As it was set; null to take the machine's.</param>
public sealed record WorkerSettings(string RabbitMq, string S3, string? Name, WorkerOptions Worker)
{
    public const string Usage = "portraitgen-worker --rabbitmq URL --s3 URL [--name NAME] [--slots N] [--memory GIB] [--grace SECONDS]";

    public const string Help = $"""
        {Usage}

        Takes shards of campaigns from the bus, computes them, and stores the results. It needs no database.

          --rabbitmq URL    amqp://user:password@host:port/vhost           PORTRAITGEN_RABBITMQ
          --s3 URL          http(s)://KEY:SECRET@host:port/bucket          PORTRAITGEN_S3
          --name NAME       who it is; keep it over restarts               PORTRAITGEN_WORKER_NAME   (the machine's name)
          --slots N         shards at once, 1 to 64                        PORTRAITGEN_WORKER_SLOTS  (1)
          --memory GIB      memory of its device, for campaigns that ask   PORTRAITGEN_WORKER_MEMORY (a CPU's is known)
          --grace SECONDS   how long a shard may go on after SIGTERM       PORTRAITGEN_WORKER_GRACE  (120)

        What it fetches is kept in PORTRAITGEN_WORKER_CACHE (portraitgen-worker in the system's temporary folder).
        Exit codes: 0 left in good order, 1 a server cannot be used, 2 a setting is wrong.
        """;

    private static readonly Dictionary<string, string> Variables = new()
    {
        ["--rabbitmq"] = "PORTRAITGEN_RABBITMQ",
        ["--s3"] = "PORTRAITGEN_S3",
        ["--name"] = "PORTRAITGEN_WORKER_NAME",
        ["--slots"] = "PORTRAITGEN_WORKER_SLOTS",
        ["--memory"] = "PORTRAITGEN_WORKER_MEMORY",
        ["--grace"] = "PORTRAITGEN_WORKER_GRACE",
    };

    /// <summary>Arguments first, then environment variables. Null with one line of <paramref name="error"/> when something is missing or wrong.</summary>
    public static WorkerSettings? TryRead(string[] args, Func<string, string?> variable, out string error)
    {
        var given = new Dictionary<string, string>();
        error = "";
        for (int i = 0; i < args.Length; i += 2)
        {
            if (!Variables.ContainsKey(args[i]) || i + 1 == args.Length)
            {
                error = Variables.ContainsKey(args[i]) ? $"{args[i]} wants a value. Usage: {Usage}" : $"Unknown argument '{args[i]}'. Usage: {Usage}";
                return null;
            }

            given[args[i]] = args[i + 1];
        }

        string? Value(string name) => given.GetValueOrDefault(name) ?? (variable(Variables[name]) is { Length: > 0 } text ? text : null);
        if (Value("--rabbitmq") is not { } rabbit || !BusAddress.TryParse(rabbit, out _))
            return Fail("The bus is missing or no amqp:// address: give --rabbitmq or PORTRAITGEN_RABBITMQ (amqp://user:password@host:port/vhost).", out error);
        if (Value("--s3") is not { } s3)
            return Fail("The store is missing: give --s3 or PORTRAITGEN_S3 (http://KEY:SECRET@host:port/bucket).", out error);
        if (!int.TryParse(Value("--slots") ?? "1", NumberStyles.None, CultureInfo.InvariantCulture, out int slots) || slots is < 1 or > 64)
            return Fail("--slots is how many shards run at once: a whole number from 1 to 64.", out error);
        if (!double.TryParse(Value("--grace") ?? "120", CultureInfo.InvariantCulture, out double grace) || grace is < 0 or > 3600)
            return Fail("--grace is seconds from 0 to 3600.", out error);
        int? memory = null;
        if (Value("--memory") is { } gib)
        {
            if (!int.TryParse(gib, NumberStyles.None, CultureInfo.InvariantCulture, out int size) || size is < 1 or > Claim.MaxMemoryGiB)
                return Fail($"--memory is whole GiB from 1 to {Claim.MaxMemoryGiB}.", out error);
            memory = size;
        }

        var worker = new WorkerOptions { Concurrency = slots, MemoryGiB = memory, Grace = TimeSpan.FromSeconds(grace) };
        return new(rabbit, s3, Value("--name"), worker with { Name = Value("--name") ?? worker.Name });
    }

    private static WorkerSettings? Fail(string text, out string error)
    {
        error = text;
        return null;
    }
}

using PortraitGen.Api.Doctor;
using PortraitGen.Jobs.Hosting;

namespace PortraitGen.Api.Hosting;

/// <summary>How a server is started.</summary>
public sealed record ServeSettings
{
    public const string DefaultAddress = "http://127.0.0.1:5080";

    public required JobsOptions Jobs { get; init; }

    /// <summary>Where to listen; semicolons part several.</summary>
    public string Listen { get; init; } = DefaultAddress;

    /// <summary>Device threads in this process. Null: one when the bus is inside this process, as nobody else could take shards; else none.</summary>
    public int? Workers { get; init; }

    /// <summary>Folders of base models, searched in this order.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    /// <summary>How long servers that were configured may take to come up.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long running shards of this process may go on after a stop before they are handed back.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>What the console's log shows. Commands with a view of their own keep it to warnings.</summary>
    public LogLevel Log { get; init; } = LogLevel.Information;

    public int DeviceThreads => Workers ?? (Jobs.RabbitMq is null ? 1 : 0);

    /// <summary>The servers that are configured, as the doctor looks at them.</summary>
    public DoctorSettings Servers => new(Jobs.DataFolder, null, Jobs.Postgres, Jobs.RabbitMq, Jobs.S3);

    /// <summary>PORTRAITGEN_MODELS, else <c>models</c> in the working folder, beside the program, or in a folder above it (a clone's root).</summary>
    public static IReadOnlyList<string> ModelRoots()
    {
        if (Environment.GetEnvironmentVariable("PORTRAITGEN_MODELS") is { Length: > 0 } set) return set.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var roots = new List<string> { Path.GetFullPath("models") };
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            roots.Add(Path.Combine(folder.FullName, "models"));
            if (File.Exists(Path.Combine(folder.FullName, "PortraitGen.Jobs.sln"))) break;
        }

        return [.. roots.Distinct().Where(Directory.Exists)];
    }
}

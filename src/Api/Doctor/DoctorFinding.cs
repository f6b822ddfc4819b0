namespace PortraitGen.Api.Doctor;

public enum DoctorLevel
{
    Ok,
    /// <summary>Work can go on, but slower or not everywhere.</summary>
    Warn,
    /// <summary>Something that is configured or needed does not work.</summary>
    Fail,
}

/// <summary>One line of the report: what was looked at, what was seen, and what to do about it (empty when all is well).</summary>
public sealed record DoctorFinding(string Name, DoctorLevel Level, string Finding, string Cure = "");

/// <summary>What to look at. Null and empty settings are not looked at: the embedded mode needs no server.</summary>
/// <param name="DataFolder">Where rows, blobs and caches go; its disk is measured.</param>
/// <param name="ModelFolder">The base model in the diffusers layout.</param>
/// <param name="Postgres">An Npgsql connection string.</param>
/// <param name="RabbitMq"><c>amqp://user:password@host:port/vhost</c></param>
/// <param name="S3"><c>http://KEY:SECRET@host:port/bucket</c></param>
/// <param name="Ports">TCP ports on which this process is going to listen.</param>
public sealed record DoctorSettings(
    string DataFolder, string? ModelFolder = null, string? Postgres = null, string? RabbitMq = null, string? S3 = null, IReadOnlyList<int>? Ports = null);

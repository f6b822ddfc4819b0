using System.Net;
using System.Net.Sockets;
using Npgsql;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Jobs.Artifacts;
using PortraitGen.Jobs.Messaging;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace PortraitGen.Api.Doctor;

internal static class ServerChecks
{
    public static async Task<DoctorFinding> PostgresAsync(string setting, CancellationToken cancel)
    {
        const string name = "PostgreSQL";
        string place = "the server";
        try
        {
            var parts = new NpgsqlConnectionStringBuilder(setting) { Timeout = 10, Pooling = false };
            place = $"{parts.Host}:{parts.Port}, database {parts.Database}";
            await using var connection = new NpgsqlConnection(parts.ConnectionString);
            await connection.OpenAsync(cancel);
            return connection.PostgreSqlVersion.Major >= 13
                ? new(name, DoctorLevel.Ok, $"version {connection.PostgreSqlVersion} at {place}")
                : new(name, DoctorLevel.Warn, $"version {connection.PostgreSqlVersion} at {place} is older than what was tried (15)", "Move to PostgreSQL 15 or later.");
        }
        catch (PostgresException e)
        {
            return new(name, DoctorLevel.Fail, $"{place} refused: {Line(e.MessageText)} ({e.SqlState})", "Check user, password and database in the PostgreSQL setting.");
        }
        catch (Exception e) when (e is NpgsqlException or SocketException or TimeoutException)
        {
            return new(name, DoctorLevel.Fail, $"{place} cannot be reached: {Innermost(e)}", "Start the server, or correct host and port in the PostgreSQL setting.");
        }
        catch (ArgumentException e)
        {
            return new(name, DoctorLevel.Fail, $"the setting cannot be read ({e.GetType().Name})", "Write it as Host=…;Port=5432;Database=…;Username=…;Password=…");
        }
    }

    /// <summary>Opens the TCP connection first, so that a dead server and a refused password are told apart.</summary>
    public static async Task<DoctorFinding> RabbitMqAsync(string setting, CancellationToken cancel)
    {
        const string name = "RabbitMQ";
        if (!BusAddress.TryParse(setting, out var uri))
            return new(name, DoctorLevel.Fail, "the setting is no amqp:// address", "Write it as amqp://user:password@host:5672/vhost");
        string place = $"{uri.Host}:{(uri.Port > 0 ? uri.Port : uri.Scheme == "amqps" ? 5671 : 5672)}";
        try
        {
            using (var tcp = new TcpClient()) await tcp.ConnectAsync(uri.Host, int.Parse(place.Split(':')[^1]), cancel);
            var factory = new ConnectionFactory { Uri = uri, AutomaticRecoveryEnabled = false, RequestedConnectionTimeout = TimeSpan.FromSeconds(10) };
            await using var connection = await factory.CreateConnectionAsync("doctor", cancel);
            string version = connection.ServerProperties?.TryGetValue("version", out object? v) == true && v is byte[] bytes ? System.Text.Encoding.UTF8.GetString(bytes) : "of unknown version";
            await connection.CloseAsync(cancel);
            return new(name, DoctorLevel.Ok, $"{version} at {place}");
        }
        catch (SocketException e)
        {
            return new(name, DoctorLevel.Fail, $"{place} cannot be reached: {Line(e.Message)}", "Start the broker, or correct host and port in the RabbitMQ setting.");
        }
        catch (Exception e) when (e is BrokerUnreachableException or OperationInterruptedException or IOException)
        {
            return new(name, DoctorLevel.Fail, $"{place} answers, but the AMQP handshake failed: {Innermost(e)}", "Check user, password and virtual host in the RabbitMQ setting, and that the port is AMQP's.");
        }
    }

    /// <summary>Asks for an object that is not there: it needs address, key and bucket to be right, and changes nothing.</summary>
    public static async Task<DoctorFinding> S3Async(string setting, CancellationToken cancel)
    {
        const string name = "S3";
        try
        {
            using var store = new S3ArtifactStore(S3Options.Parse(setting) with { CreateBucket = false }, new() { Attempts = 2, Silence = TimeSpan.FromSeconds(5) });
            await store.ExistsAsync(ContentHash.Of([]), cancel);
            return new(name, DoctorLevel.Ok, $"{store.Describe()} can be listed");
        }
        catch (FormatException e)
        {
            return new(name, DoctorLevel.Fail, Line(e.Message), "Correct the S3 setting.");
        }
        catch (ArtifactStoreException e)
        {
            return new(name, DoctorLevel.Fail, Line(e.Message), "Start the server, or correct address, key or bucket in the S3 setting.");
        }
    }

    public static DoctorFinding Port(int port)
    {
        string name = $"Port {port}";
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return new(name, DoctorLevel.Ok, "free");
        }
        catch (SocketException e)
        {
            return new(name, DoctorLevel.Fail, $"cannot be listened on: {Line(e.Message)}", "Stop the program that holds it, or choose another port.");
        }
        catch (ArgumentOutOfRangeException)
        {
            return new(name, DoctorLevel.Fail, "is no port", "Choose one from 1 to 65535.");
        }
    }

    private static string Innermost(Exception e)
    {
        while (e.InnerException is { } inner) e = inner;
        return Line(e.Message);
    }

    private static string Line(string message) => message.ReplaceLineEndings(" ").Trim();
}

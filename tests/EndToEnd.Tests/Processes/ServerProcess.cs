using System.Net;
using System.Net.Sockets;

namespace PortraitGen.EndToEnd.Tests.Processes;

/// <summary><c>portraitgen serve</c> on a port of its own.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(180), StopPatience = TimeSpan.FromSeconds(40);
    private readonly Func<ChildProcess> _start;
    private readonly List<ChildProcess> _boots = [];

    private ServerProcess(Func<ChildProcess> start, Uri address)
    {
        _start = start;
        Http = new() { BaseAddress = address, Timeout = TimeSpan.FromSeconds(100) };
    }

    public HttpClient Http { get; }

    /// <param name="data">Where the embedded form keeps what it has.</param>
    /// <param name="environment">Names real servers; the embedded form where it names none.</param>
    public static async Task<ServerProcess> StartAsync(string models, string data, IReadOnlyDictionary<string, string?> environment)
    {
        string address = $"http://127.0.0.1:{FreePort()}";
        var server = new ServerProcess(
            () => ChildProcess.Start("portraitgen serve", "Api", "portraitgen", ["serve", "--listen", address, "--data", data, "--models", models, "--patience", "90"], environment), new Uri(address));
        try
        {
            await server.BootAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>SIGKILL, then a new start on the same rows, queues and bucket.</summary>
    public async Task KillAndRestartAsync()
    {
        await _boots[^1].KillAsync();
        await BootAsync();
    }

    /// <summary>A new start after the last one ended.</summary>
    public Task RestartAsync() => BootAsync();

    /// <summary>The process that runs now.</summary>
    public ChildProcess Process => _boots[^1];

    public string Tails() => string.Concat(_boots.Select(b => b.Tail()));

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!_boots[^1].HasExited) await _boots[^1].LeaveAsync(StopPatience);
        foreach (var boot in _boots) await boot.DisposeAsync();
    }

    private async Task BootAsync()
    {
        _boots.Add(_start());
        await _boots[^1].SaysAsync("Listening on", StartPatience);
    }

    // Below the ephemeral range, whose ports may be taken by an outgoing connection meanwhile.
    private static int FreePort()
    {
        for (int port = 20000 + Environment.ProcessId % 5000; port < 32000; port++)
        {
            try
            {
                using var probe = new TcpListener(IPAddress.Loopback, port);
                probe.Start();
                return port;
            }
            catch (SocketException)
            {
            }
        }

        throw new InvalidOperationException("No port below 32000 is free.");
    }
}

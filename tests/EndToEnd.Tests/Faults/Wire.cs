using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PortraitGen.EndToEnd.Tests.Faults;

/// <summary>A wire between a program and a server, which stands still at a chosen message or is cut. All else passes unchanged.</summary>
internal sealed class Wire : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly List<(TcpClient Near, TcpClient Far)> _links = [];
    private readonly Lock _gate = new();
    private readonly (string Host, int Port) _server;
    private Hold? _hold;

    private Wire(string host, int port)
    {
        _server = (host, port);
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public static Wire To(string host, int port) => new(host, port);

    /// <summary>Ends when the program next sends <paramref name="words"/>. They and all that follows on that link stay here.</summary>
    public Task HoldAsync(string words) => SetAsync(words, keepsAnswers: false);

    /// <summary>Ends when the program next sends <paramref name="words"/>. They pass; what the server answers on that link stays here.</summary>
    public Task HoldAnswersAsync(string words) => SetAsync(words, keepsAnswers: true);

    /// <summary>Breaks every link and forgets what was to be held.</summary>
    public void Cut()
    {
        lock (_gate)
        {
            _hold = null;
            foreach (var (near, far) in _links.Where(l => l.Near.Connected))
            {
                if (near.Client is { } socket) socket.LingerState = new(true, 0); // a reset, as from a machine that is gone
                near.Dispose();
                far.Dispose();
            }

            _links.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        Cut();
        _end.Dispose();
    }

    private async Task SetAsync(string words, bool keepsAnswers)
    {
        var hold = new Hold(Encoding.ASCII.GetBytes(words), keepsAnswers);
        lock (_gate) _hold = hold;
        await hold.Reached.Task.WaitAsync(Micro.MicroCampaign.Patience);
    }

    private async Task AcceptAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                var near = await _listener.AcceptTcpClientAsync(_end.Token);
                var far = new TcpClient();
                try
                {
                    await far.ConnectAsync(_server.Host, _server.Port, _end.Token);
                }
                catch (SocketException)
                {
                    near.Dispose(); // the server is down: so is the wire to it
                    continue;
                }

                near.NoDelay = far.NoDelay = true;
                lock (_gate) _links.Add((near, far));
                var link = new Link();
                _ = PumpAsync(near, far, link, fromProgram: true);
                _ = PumpAsync(far, near, link, fromProgram: false);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
            {
            }
        }
    }

    private async Task PumpAsync(TcpClient from, TcpClient to, Link link, bool fromProgram)
    {
        var buffer = new byte[64 * 1024];
        byte[] tail = [];
        try
        {
            while (await from.GetStream().ReadAsync(buffer, _end.Token) is > 0 and int count)
            {
                if (fromProgram && Matches(ref tail, buffer.AsSpan(0, count)) is { } hold)
                {
                    if (hold.KeepsAnswers) link.Mute = true;
                    else link.Still = true;
                    hold.Reached.TrySetResult();
                }

                if (fromProgram ? link.Still : link.Mute) continue; // swallowed: whoever sent it is killed or cut next
                await to.GetStream().WriteAsync(buffer.AsMemory(0, count), _end.Token);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
        }

        from.Dispose();
        to.Dispose();
    }

    /// <summary>Words may lie across two reads, so the end of the last one is looked at again.</summary>
    private Hold? Matches(ref byte[] tail, ReadOnlySpan<byte> read)
    {
        lock (_gate)
        {
            if (_hold is not { } hold) return null;
            byte[] text = [.. tail, .. read];
            tail = text[^Math.Min(text.Length, hold.Words.Length - 1)..];
            if (text.AsSpan().IndexOf(hold.Words) < 0) return null;
            _hold = null;
            return hold;
        }
    }

    private sealed record Hold(byte[] Words, bool KeepsAnswers)
    {
        public TaskCompletionSource Reached { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class Link
    {
        public volatile bool Still, Mute;
    }
}

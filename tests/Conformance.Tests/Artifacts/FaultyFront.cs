using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace PortraitGen.Conformance.Tests.Artifacts;

/// <summary>What a <see cref="FaultyFront"/> does to one request.</summary>
public enum FrontFault
{
    Answer503,
    ResetBefore,
    /// <summary>The server does what was asked, but its answer is lost.</summary>
    ResetAfter,
    /// <summary>Half of the promised bytes, then the connection breaks.</summary>
    TruncateBody,
    /// <summary>All bytes, one of them wrong.</summary>
    FlipByte,
    /// <summary>Silence until the caller gives up, or until <see cref="FaultyFront.Release"/>.</summary>
    Silence,
    /// <summary>The server does what was asked; then silence.</summary>
    SilenceAfter,
    /// <summary>Nothing is wrong but the time it takes: a third of a second more.</summary>
    Slow,
}

/// <summary>Stands before the real S3 server and spoils the next few requests that match; all others pass through unchanged.</summary>
public sealed class FaultyFront : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false });
    private readonly Uri _server;
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private (FrontFault Fault, string Method, int Times) _plan;
    private int _spoiled, _seen;

    private FaultyFront(WebApplication app, Uri server) => (_app, _server) = (app, server);

    public Uri Address => new(_app.Urls.First());

    /// <summary>Requests spoiled so far.</summary>
    public int Spoiled => Volatile.Read(ref _spoiled);

    /// <summary>Requests of the planned method so far, spoiled or not, since the plan was made.</summary>
    public int Seen => Volatile.Read(ref _seen);

    public static async Task<FaultyFront> StartAsync(Uri server, CancellationToken cancel)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(k => k.Limits.MaxRequestBodySize = null);
        var front = new FaultyFront(builder.Build(), server);
        front._app.Run(front.ServeAsync);
        await front._app.StartAsync(cancel);
        return front;
    }

    /// <summary>Where set, decides about every request instead of the plan. May count for itself.</summary>
    public Func<HttpRequest, Task<FrontFault?>>? Rule { get; set; }

    /// <summary>Lets what is held go on, and holds nothing any more.</summary>
    public void Release() => _released.TrySetResult();

    /// <summary>Spoils the next <paramref name="times"/> requests of <paramref name="method"/> that name an object.</summary>
    public void Spoil(FrontFault fault, string method, int times)
    {
        lock (_gate) _plan = (fault, method, times);
        Interlocked.Exchange(ref _seen, 0);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _http.Dispose();
    }

    private async Task ServeAsync(HttpContext context)
    {
        var fault = Rule is { } rule ? await rule(context.Request) : Next(context.Request);
        switch (fault)
        {
            case FrontFault.Answer503:
                await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
                context.Response.StatusCode = 503;
                return;
            case FrontFault.ResetBefore:
                context.Abort();
                return;
            case FrontFault.Silence:
                if (!await HeldAsync(context)) return;
                break;
            case FrontFault.Slow:
                await Task.Delay(TimeSpan.FromSeconds(1.0 / 3), context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
                break;
        }

        using var answer = await _http.SendAsync(Copy(context.Request), HttpCompletionOption.ResponseContentRead, context.RequestAborted);
        byte[] body = await answer.Content.ReadAsByteArrayAsync(context.RequestAborted);
        if (fault is FrontFault.ResetAfter)
        {
            context.Abort();
            return;
        }

        if (fault is FrontFault.SilenceAfter && !await HeldAsync(context)) return;
        context.Response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers))
            if (name is not ("Transfer-Encoding" or "Connection")) context.Response.Headers[name] = values.ToArray();
        if (context.Request.Method == "HEAD" || body.Length == 0) return;
        if (fault is FrontFault.FlipByte) body[body.Length / 2] ^= 1;
        await context.Response.Body.WriteAsync(fault is FrontFault.TruncateBody ? body.AsMemory(0, body.Length / 2) : body, context.RequestAborted);
        if (fault is not FrontFault.TruncateBody) return;
        await context.Response.Body.FlushAsync(context.RequestAborted);
        context.Abort();
    }

    /// <summary>True when released, false when the caller went away.</summary>
    private async Task<bool> HeldAsync(HttpContext context)
    {
        await Task.WhenAny(_released.Task, Task.Delay(Timeout.Infinite, context.RequestAborted));
        return !context.RequestAborted.IsCancellationRequested;
    }

    private FrontFault? Next(HttpRequest request)
    {
        lock (_gate)
        {
            bool names = request.Path.Value!.Trim('/').Contains('/', StringComparison.Ordinal);
            if (!names || request.Method != _plan.Method) return null;
            _seen++;
            if (_plan.Times == 0) return null;
            _plan.Times--;
            _spoiled++;
            return _plan.Fault;
        }
    }

    /// <summary>The same request, byte for byte in what the signature covers.</summary>
    private HttpRequestMessage Copy(HttpRequest request)
    {
        string target = request.HttpContext.Features.Get<IHttpRequestFeature>()!.RawTarget;
        var copy = new HttpRequestMessage(new(request.Method), new Uri(_server, target));
        if (request.ContentLength is not null || request.Headers.TransferEncoding.Count > 0) copy.Content = new StreamContent(request.Body);
        foreach (var (name, values) in request.Headers)
        {
            if (name is "Expect" or "Connection") continue;
            if (!copy.Headers.TryAddWithoutValidation(name, values.ToArray())) copy.Content?.Headers.TryAddWithoutValidation(name, values.ToArray());
        }

        return copy;
    }
}

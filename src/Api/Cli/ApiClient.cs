using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using PortraitGen.Api.Hosting;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Jobs.Campaigns;

namespace PortraitGen.Api.Cli;

/// <summary>Asks the server, and turns its problems into lines for people and exit codes for scripts.</summary>
internal sealed class ApiClient : IDisposable
{
    private readonly HttpClient _http;

    private ApiClient(HttpClient http) => _http = http;

    public static ApiClient To(Uri server) => new(new HttpClient(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(10) })
    {
        BaseAddress = server,
        Timeout = Timeout.InfiniteTimeSpan, // uploads and streams take as long as they take
    });

    public Task<JsonNode> GetAsync(string path, CancellationToken cancel) => JsonAsync(new(HttpMethod.Get, path), cancel);

    public Task<JsonNode> PostAsync(string path, HttpContent? body, CancellationToken cancel, string? idempotencyKey = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = body };
        if (idempotencyKey is not null && !request.Headers.TryAddWithoutValidation("Idempotency-Key", idempotencyKey))
            throw new CommandException(ExitCodes.BadInput, "The key cannot be sent: use letters, digits and dashes.");
        return JsonAsync(request, cancel);
    }

    public Task<JsonNode> PutAsync(string path, HttpContent body, CancellationToken cancel) => JsonAsync(new(HttpMethod.Put, path) { Content = body }, cancel);

    /// <summary>The bytes of a stored object; null when there is none.</summary>
    /// <exception cref="ArtifactCorruptException">The server has other bytes under this hash.</exception>
    public async Task<byte[]?> ArtifactAsync(string hash, CancellationToken cancel)
    {
        using var response = await RawAsync(new(HttpMethod.Get, $"api/artifacts/{hash}"), cancel);
        if (response.StatusCode is HttpStatusCode.NotFound) return null;
        if (response.StatusCode is HttpStatusCode.InternalServerError && Parse(await response.Content.ReadAsStringAsync(cancel))?["type"]?.ToString() == ProblemTypes.CorruptArtifact)
            throw new ArtifactCorruptException(hash, "something else", _http.BaseAddress!.ToString());
        await CheckAsync(response, cancel);
        return await ReachAsync(() => response.Content.ReadAsByteArrayAsync(cancel), cancel);
    }

    /// <summary>Where a verification reads: objects, result indexes and expiries from the server.</summary>
    public ChainSource Chain() => new(
        (hash, cancel) => ArtifactAsync(hash.Hex, cancel),
        (key, cancel) => ArtifactAsync($"{key.Hex}/result", cancel),
        async (hash, cancel) => await ArtifactAsync($"{hash.Hex}/expiry", cancel) is { } answer ? JsonNode.Parse(answer)!["why"]!.GetValue<string>() : null);

    /// <summary>The answer as it comes, its problems unjudged.</summary>
    public Task<HttpResponseMessage> RawAsync(HttpRequestMessage request, CancellationToken cancel) =>
        ReachAsync(() => _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel), cancel);

    /// <exception cref="CommandException">The answer is a problem: all its errors, a line each.</exception>
    public static async Task CheckAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        if (response.IsSuccessStatusCode) return;
        int code = (int)response.StatusCode is >= 400 and < 500 ? ExitCodes.BadInput : ExitCodes.Failed;
        throw new CommandException(code, Lines(response, Parse(await response.Content.ReadAsStringAsync(cancel))));
    }

    public void Dispose() => _http.Dispose();

    private async Task<JsonNode> JsonAsync(HttpRequestMessage request, CancellationToken cancel)
    {
        using (request)
        {
            using var response = await RawAsync(request, cancel);
            await CheckAsync(response, cancel);
            string text = await ReachAsync(() => response.Content.ReadAsStringAsync(cancel), cancel);
            return Parse(text) ?? throw new CommandException(ExitCodes.Failed, $"{_http.BaseAddress} answers, but not as this program's server does. Check the address.");
        }
    }

    private async Task<T> ReachAsync<T>(Func<Task<T>> ask, CancellationToken cancel)
    {
        try
        {
            return await ask();
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            Exception inner = e;
            while (inner.InnerException is { } next) inner = next;
            throw new CommandException(ExitCodes.Unreachable,
                $"{_http.BaseAddress} cannot be reached ({inner.Message}). Start it with 'portraitgen serve', or name another with --server or {ClientOptions.Variable}.");
        }
    }

    private static string Lines(HttpResponseMessage response, JsonNode? problem)
    {
        if (problem?["errors"] is JsonArray { Count: > 0 } errors)
            return string.Join('\n', errors.Select(e => $"{(e!["path"]!.GetValue<string>() is { Length: > 0 } path ? path + ": " : "")}{e["message"]}{(e["allowed"] is { } allowed ? $" Allowed: {allowed}." : "")}"));
        string text = problem?["detail"]?.ToString() ?? problem?["title"]?.ToString() ?? $"the server answered {(int)response.StatusCode}";
        return problem?["traceId"] is { } trace && problem["type"]?.ToString() == ProblemTypes.Internal ? $"{text} ({trace})" : text;
    }

    private static JsonNode? Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

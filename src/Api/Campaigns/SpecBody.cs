using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using PortraitGen.Api.Hosting;

namespace PortraitGen.Api.Campaigns;

/// <summary>Reads a request's body, JSON or YAML, without believing anything of it.</summary>
internal static class SpecBody
{
    public const string Json = "application/json", Yaml = "application/yaml";
    private const int MaxBytes = 256 << 10;
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 32 };

    /// <summary>The document, or the problem to answer.</summary>
    public static async Task<(JsonNode? Node, ProblemHttpResult? Problem)> ReadAsync(HttpRequest request, CancellationToken cancel)
    {
        string? type = MediaTypeHeaderValue.TryParse(request.ContentType, out var header) ? header.MediaType.Value?.ToLowerInvariant() : null;
        bool yaml = type is Yaml or "application/x-yaml" or "text/yaml" or "text/x-yaml";
        if (!yaml && type is not Json)
            return (null, Problems.Of(StatusCodes.Status415UnsupportedMediaType, ProblemTypes.Of(415), "Unsupported media type", $"Send {Json} or {Yaml} in Content-Type."));
        if (await LoadAsync(request, cancel) is not { } bytes)
            return (null, Problems.Of(StatusCodes.Status413PayloadTooLarge, ProblemTypes.TooLarge, "Too large", $"A specification has at most {MaxBytes:N0} bytes."));
        return Parse(bytes, yaml);
    }

    /// <summary>As from a request.</summary>
    public static (JsonNode? Node, ProblemHttpResult? Problem) Parse(byte[] bytes, bool yaml)
    {
        try
        {
            return (yaml ? YamlNode.Parse(new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes)) : JsonNode.Parse(bytes, documentOptions: Strict), null);
        }
        catch (JsonException e)
        {
            string where = e.LineNumber is { } line ? $"Line {line + 1}, byte {e.BytePositionInLine + 1}" : "Somewhere";
            return (null, Problems.Malformed("", $"{where}: this is no JSON, or a key stands there twice.", "one JSON object without repeated keys"));
        }
        catch (FormatException e)
        {
            return (null, Problems.Malformed("", e.Message, "one YAML mapping without aliases, tags or repeated keys"));
        }
        catch (ArgumentException) // UTF-8 that is none
        {
            return (null, Problems.Malformed("", "The bytes are no UTF-8.", "UTF-8"));
        }
    }

    private static async Task<byte[]?> LoadAsync(HttpRequest request, CancellationToken cancel)
    {
        if (request.ContentLength > MaxBytes) return null;
        using var bytes = new MemoryStream();
        byte[] buffer = new byte[16 << 10];
        for (int read; (read = await request.Body.ReadAsync(buffer, cancel)) > 0;)
        {
            if (bytes.Length + read > MaxBytes) return null;
            bytes.Write(buffer, 0, read);
        }

        return bytes.ToArray();
    }
}

using System.Text.Json.Nodes;

namespace PortraitGen.Domain.Curation;

/// <summary>A photo of a batch that was refused, by name.</summary>
public sealed record RejectedPhoto(string Name, string Code, string Reason)
{
    public RejectedPhoto(string name, Rejection rejection) : this(name, rejection.Code, rejection.Reason) { }

    public JsonObject ToJson() => new() { ["name"] = Name, ["code"] = Code, ["reason"] = Reason };

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="FormatException">A part is missing or no text.</exception>
    public static RejectedPhoto FromJson(JsonNode? node) =>
        JsonText.Of(node, "name") is { } name && JsonText.Of(node, "code") is { } code && JsonText.Of(node, "reason") is { } reason
            ? new(name, code, reason)
            : throw new FormatException("A rejected photo needs the texts 'name', 'code' and 'reason'.");
}

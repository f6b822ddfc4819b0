using System.Text;
using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;

namespace PortraitGen.Domain.Curation;

/// <summary>One portrait of a dataset version.</summary>
/// <param name="Image">The square at training size, PNG.</param>
/// <param name="Full">The whole picture, upright, its longer side limited, PNG.</param>
/// <param name="Pixels">Hash of the decoded pixels: what makes two photos the same.</param>
/// <param name="Upload">Hash of the uploaded bytes: where consent is withdrawn, this finds the portrait.</param>
/// <param name="NameHash">SHA-256 of the source's name: names of files name people, so they are not kept.</param>
/// <param name="Caption">One line.</param>
/// <param name="Split">One of <see cref="DatasetSplits"/>.</param>
public sealed record DatasetEntry(
    ArtifactRef Image, ArtifactRef Full, ContentHash Pixels, ContentHash Upload, ContentHash NameHash, string Caption, Rights Rights, string Split)
{
    /// <summary>The hash by which a source's name is kept.</summary>
    public static ContentHash HashOfName(string name) => ContentHash.Of(Encoding.UTF8.GetBytes(name));

    public JsonObject ToJson() => new()
    {
        ["image"] = Image.ToJson(),
        ["full"] = Full.ToJson(),
        ["pixels"] = Pixels.Hex,
        ["upload"] = Upload.Hex,
        ["name"] = NameHash.Hex,
        ["caption"] = Caption,
        ["rights"] = Rights.ToJson(),
        ["split"] = Split,
    };

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="FormatException">A part is missing or of another form.</exception>
    public static DatasetEntry FromJson(JsonNode? node)
    {
        if (JsonText.Of(node, "caption") is not { } caption || JsonText.Of(node, "split") is not (DatasetSplits.Train or DatasetSplits.HeldOut))
            throw new FormatException($"A dataset entry needs a 'caption' and a 'split' of {DatasetSplits.Train} or {DatasetSplits.HeldOut}.");
        return new(ArtifactRef.FromJson(node!["image"]), ArtifactRef.FromJson(node["full"]), Hash("pixels"), Hash("upload"), Hash("name"),
            caption, Rights.FromJson(node["rights"]), JsonText.Of(node, "split")!);

        ContentHash Hash(string key) => ContentHash.TryParse(JsonText.Of(node, key), out var hash) ? hash : throw new FormatException($"A dataset entry's '{key}' must be a SHA-256.");
    }
}

/// <summary>On which side of the split a portrait is.</summary>
public static class DatasetSplits
{
    public const string Train = "train";
    public const string HeldOut = "heldout";
}

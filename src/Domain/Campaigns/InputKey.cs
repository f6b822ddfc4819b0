using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;

namespace PortraitGen.Domain.Campaigns;

/// <summary>The identity of a shard's work: equal work has an equal key, whoever asks for it and however often.</summary>
public static class InputKey
{
    /// <summary>Bumped whenever the engine may give other bits for the same input.</summary>
    public const int EngineVersion = 5;

    /// <summary>SHA-256 over kind, engine version and the canonical input (which holds seeds, references and the execution profile).</summary>
    public static ContentHash Of(string kind, JsonObject input) => ContentHash.Of(Document(kind, input));

    /// <summary>The bytes whose hash is the key. Stored as an object, so that what a result was made from can be read from the store alone.</summary>
    public static byte[] Document(string kind, JsonObject input) => Document(kind, EngineVersion, input);

    /// <summary>As another engine version would have it.</summary>
    public static byte[] Document(string kind, int engine, JsonObject input) =>
        CanonicalJson.ToBytes(new JsonObject { ["kind"] = kind, ["engine"] = engine, ["input"] = input.DeepClone() });

    /// <summary>Where the result of that work is indexed in the store.</summary>
    public static string ResultName(ContentHash key) => $"results/{key.Hex}";
}

using System.Text.Json;
using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Curation;

namespace PortraitGen.Jobs.Curation;

/// <summary>Reads a curation's specification and reports every fault at once.</summary>
public sealed class CurationSpecReader
{
    public const int MaxPhotos = 100_000;
    public const int MaxNameLength = 512;
    private static readonly string[] Keys = ["name", "kind", "batch", "photos", "captions", "captionTemplate", "rights", "rules", "size", "heldOut"];
    private readonly List<SpecFault> _faults = [];

    private CurationSpecReader() { }

    /// <summary>The specification, or null and its faults.</summary>
    public static (CurationSpec? Spec, IReadOnlyList<SpecFault> Faults) Read(JsonObject json)
    {
        var reader = new CurationSpecReader();
        var spec = reader.Whole(json);
        return (reader._faults.Count == 0 ? spec : null, reader._faults);
    }

    private CurationSpec? Whole(JsonObject json)
    {
        foreach (var (key, _) in json)
            if (!Keys.Contains(key)) Fault(key, $"is unknown; a curation has {string.Join(", ", Keys)}.");

        string name = Text(json, "name", required: true, MaxNameLength) ?? "";
        if (Text(json, "kind", required: false, 100) is { } kind && kind != CurationPlan.KindName) Fault("kind", $"is '{kind}', but must be {CurationPlan.KindName}.");
        string template = Text(json, "captionTemplate", required: false, Captions.MaxLength) ?? Captions.DefaultTemplate;
        var skipped = Batch(json["batch"]);
        var photos = Photos(json["photos"], skipped.Count > 0);
        var captions = Texts(json["captions"]);
        var rights = RightsOf(json["rights"]);
        if (json["rules"] is not (null or JsonObject)) Fault("rules", "must be an object.");
        var (rules, ruleFaults) = CurationRulesJson.Parse(json["rules"] as JsonObject);
        foreach (var (key, message) in ruleFaults) Fault($"rules.{key}", message);
        double size = Number(json, "size", CurationSpec.DefaultSize, 16, 1024);
        if (size % 16 != 0) Fault("size", $"is {size}, but must be a multiple of 16 from 16 to 1024.");
        double heldOut = Number(json, "heldOut", CurationSpec.DefaultHeldOut, 0, 0.5);
        return rights is null ? null : new()
        {
            Name = name,
            Photos = photos,
            Captions = captions,
            CaptionTemplate = template,
            Skipped = skipped,
            Rights = rights,
            Rules = rules,
            Size = (int)size,
            HeldOut = heldOut,
        };
    }

    private List<BatchPhoto> Photos(JsonNode? node, bool someSkipped)
    {
        var photos = new List<BatchPhoto>();
        if (node is not JsonArray list) { Fault("photos", "must be a list of {name, hash, length, type}."); return photos; }
        if (list.Count == 0) Fault("photos", someSkipped ? "is empty: no file of the batch was a photo (JPEG, PNG or WebP)." : "is empty: upload at least one photo.");
        if (list.Count > MaxPhotos) { Fault("photos", $"has {list.Count} entries; one batch takes at most {MaxPhotos}."); return photos; }
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < list.Count; i++)
        {
            string path = $"photos[{i}]";
            if (list[i] is not JsonObject photo) { Fault(path, "must be {name, hash, length, type}."); continue; }
            foreach (var (key, _) in photo)
                if (key is not ("name" or "hash" or "length" or "type")) Fault($"{path}.{key}", "is unknown; a photo has name, hash, length, type.");
            string? name = Text(photo, "name", required: true, MaxNameLength, path + ".");
            if (name is not null && !seen.Add(name)) Fault($"{path}.name", $"'{name}' names two photos.");
            string? hex = Text(photo, "hash", required: true, 64, path + ".");
            string type = Text(photo, "type", required: false, 100, path + ".") ?? MediaTypes.Binary;
            double length = Number(photo, "length", double.NaN, 0, 1L << 40, path + ".");
            if (hex is not null && !ContentHash.TryParse(hex, out _)) Fault($"{path}.hash", "must be a SHA-256: 64 lower-case hex digits.");
            else if (name is not null && hex is not null && double.IsFinite(length)) photos.Add(new(name, new ArtifactRef(ContentHash.Parse(hex), (long)length, type)));
        }
        photos.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        return photos;
    }

    private Dictionary<string, string> Texts(JsonNode? node)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        if (node is null) return texts;
        if (node is not JsonObject captions) { Fault("captions", "must be an object of texts by photo or sidecar name."); return texts; }
        foreach (var (name, text) in captions)
            if (text is JsonValue v && v.GetValueKind() == JsonValueKind.String) texts[name] = v.GetValue<string>();
            else Fault($"captions.{name}", "must be a text.");
        return texts;
    }

    private List<RejectedPhoto> Batch(JsonNode? node)
    {
        if (node is null) return [];
        if (node is not JsonObject batch) { Fault("batch", "must be an object."); return []; }
        foreach (var (key, _) in batch)
            if (key is not ("name" or "id" or "skipped")) Fault($"batch.{key}", "is unknown; a batch has name, id, skipped.");
        if (batch["skipped"] is null) return [];
        try
        {
            return [.. ((JsonArray)batch["skipped"]!).Select(RejectedPhoto.FromJson)];
        }
        catch (Exception e) when (e is FormatException or InvalidCastException)
        {
            Fault("batch.skipped", "must be a list of {name, code, reason}.");
            return [];
        }
    }

    private Rights? RightsOf(JsonNode? node)
    {
        if (node is not JsonObject json)
        {
            Fault("rights", node is null ? "is missing: state licence, consent and source of the batch. Photos without rights cannot enter a dataset version."
                : "must be an object of licence, consent and source.");
            return null;
        }
        foreach (var (key, _) in json)
            if (key is not ("licence" or "consent" or "source")) Fault($"rights.{key}", "is unknown; rights are licence, consent, source.");
        var (rights, faults) = Rights.Of(Text(json, "licence", false, int.MaxValue, "rights."), Text(json, "consent", false, int.MaxValue, "rights."), Text(json, "source", false, int.MaxValue, "rights."));
        foreach (var (key, message) in faults) Fault($"rights.{key}", message);
        return rights;
    }

    private string? Text(JsonObject json, string key, bool required, int maxLength, string prefix = "")
    {
        if (json[key] is null)
        {
            if (required) Fault(prefix + key, "is missing.");
            return null;
        }
        if (json[key] is not JsonValue value || value.GetValueKind() != JsonValueKind.String) { Fault(prefix + key, "must be a text."); return null; }
        string text = value.GetValue<string>();
        if (required && (string.IsNullOrWhiteSpace(text) || text.Length > maxLength || text.Any(char.IsControl)))
        {
            Fault(prefix + key, $"must be a text of 1 to {maxLength} characters without control characters.");
            return null;
        }
        if (text.Length > maxLength) Fault(prefix + key, $"has {text.Length} characters; at most {maxLength} are allowed.");
        return text;
    }

    private double Number(JsonObject json, string key, double missing, double low, double high, string prefix = "")
    {
        if (json[key] is null)
        {
            if (double.IsNaN(missing)) Fault(prefix + key, "is missing.");
            return missing;
        }
        if (json[key] is JsonValue value && value.GetValueKind() == JsonValueKind.Number && double.TryParse(value.ToJsonString(), out double number) && number >= low && number <= high)
            return number;
        Fault(prefix + key, $"must be a number from {low} to {high}.");
        return double.IsNaN(missing) ? double.NaN : missing;
    }

    private void Fault(string path, string message) => _faults.Add(new(path, message));
}

using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Curation;
using PortraitGen.Gpu.Imaging;
using PortraitGen.Gpu.Runtime;

namespace PortraitGen.Gpu.Curation;

/// <summary>Decodes and judges a slice of a batch, and bakes the training images of what is accepted.</summary>
/// <remarks>
/// Input: <c>photos</c> [{name, hash, length, type}], <c>rules</c>, <c>size</c> (side of the training image, pixels).
/// Values: <c>photos</c>, one per photo in the order of the input: {name, upload, …} with width, height, sharpness and brightness once it was decoded;
/// then either <c>pixels</c> (hash of the decoded picture), or <c>code</c> and <c>reason</c>.
/// Outputs per accepted photo i: <c>i/image</c> (the square at training size) and <c>i/full</c> (upright, its longer side at most 1024), both PNG without metadata.
/// Captions are no part of the input: a changed caption must not decode the photos again.
/// </remarks>
public sealed class CurateHandler : IShardHandler
{
    /// <summary>Longest side of the full picture that is kept, pixels.</summary>
    public const int MaxFullSide = 1024;

    public string Kind => ShardKinds.Curate;

    public ShardResult Run(ShardRun run, CancellationToken cancel)
    {
        var (photos, rules, size) = Read(run.Input);
        var outputs = new Dictionary<string, ArtifactRef>();
        var judged = new JsonArray();
        int accepted = 0;
        for (int i = 0; i < photos.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            var verdict = Curate(run, photos[i].Name, photos[i].Photo, rules, size, i, outputs);
            if (verdict["code"] is null) accepted++;
            judged.Add((JsonNode)verdict);
            run.Report((i + 1.0) / photos.Count, $"{accepted} of {i + 1} photos accepted");
        }
        return new(outputs, new JsonObject { ["photos"] = judged });
    }

    private static JsonObject Curate(ShardRun run, string name, ArtifactRef photo, CurationRules rules, int size, int index, Dictionary<string, ArtifactRef> outputs)
    {
        var verdict = new JsonObject { ["name"] = name, ["upload"] = photo.Hash.Hex };
        if (photo.Length > rules.MaxBytes)
            return Refuse(new(RejectionCodes.TooLargeFile, $"The file has {photo.Length:N0} bytes; at most {rules.MaxBytes:N0} are read."));

        // An object that the store lost or damaged is the store's fault: it fails the shard, and no photo is blamed for it.
        var outcome = PhotoDecoder.Decode(run.Read(photo.Hash), DecodeLimits.Of(rules));
        if (outcome is DecodeOutcome.Refused refused) return Refuse(refused.Rejection);

        var whole = ((DecodeOutcome.Photo)outcome).Image;
        var square = Resample.Square(whole, size);
        var quality = PhotoMeasure.Of(whole, square);
        verdict["width"] = quality.Width;
        verdict["height"] = quality.Height;
        verdict["sharpness"] = Math.Round(quality.Sharpness, 3);
        verdict["brightness"] = Math.Round(quality.Brightness, 3);
        if (rules.Judge(quality, size) is { } rejection) return Refuse(rejection);

        verdict["pixels"] = whole.PixelHash().Hex;
        outputs[$"{index}/image"] = run.Write(square.ToPng(), MediaTypes.Png);
        outputs[$"{index}/full"] = run.Write(Resample.Within(whole, MaxFullSide).ToPng(), MediaTypes.Png);
        return verdict;

        JsonObject Refuse(Rejection why)
        {
            verdict["code"] = why.Code;
            verdict["reason"] = why.Reason;
            return verdict;
        }
    }

    private static (IReadOnlyList<(string Name, ArtifactRef Photo)> Photos, CurationRules Rules, int Size) Read(JsonObject input)
    {
        try
        {
            var (rules, faults) = CurationRulesJson.Parse(input["rules"] as JsonObject);
            if (faults.Count > 0) throw new FormatException("rules." + string.Join("; rules.", faults.Select(f => $"{f.Key} {f.Message}")));
            var photos = (input["photos"] as JsonArray ?? throw new FormatException("'photos' is missing."))
                .Select(p => (p?["name"]?.GetValue<string>() ?? throw new FormatException("A photo has no 'name'."), ArtifactRef.FromJson(p))).ToList();
            int size = input["size"]?.GetValue<int>() ?? throw new FormatException("'size' is missing.");
            return (photos, rules, size);
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException)
        {
            throw new ShardFailedException(FailureClasses.UserError, $"The curate shard's input cannot be read: {e.Message}", e);
        }
    }
}

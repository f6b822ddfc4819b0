using System.Globalization;
using System.Text.RegularExpressions;
using PortraitGen.Domain.Campaigns;

namespace PortraitGen.Api.Dashboard;

/// <summary>The sample images of one epoch, by sample name. The same name is the same prompt and seed in every epoch.</summary>
public sealed record SampleEpoch(int Number, IReadOnlyDictionary<string, string> Urls);

/// <summary>Samples over epochs, found among a campaign's artifacts by name: <c>epoch-003/sample-2.png</c>. Epoch 0 is the base model.</summary>
/// <param name="Names">In the order in which they are shown.</param>
/// <param name="Epochs">Ascending.</param>
public sealed partial record Samples(IReadOnlyList<string> Names, IReadOnlyList<SampleEpoch> Epochs)
{
    /// <summary>The prompt of <c>sample-0</c>, <c>sample-1</c> and so on; empty while it is not known.</summary>
    public IReadOnlyList<string> Prompts { get; init; } = [];

    public static Samples Of(IEnumerable<CampaignArtifact> artifacts)
    {
        var found = artifacts.Select(a => (Artifact: a, Match: Form().Match(a.Name))).Where(f => f.Match.Success)
            .OrderBy(f => f.Artifact.CreatedAt) // a later job's image of the same name replaces an earlier one's
            .GroupBy(f => int.Parse(f.Match.Groups["epoch"].ValueSpan))
            .OrderBy(g => g.Key)
            .Select(g => new SampleEpoch(g.Key, g.GroupBy(f => f.Match.Groups["sample"].Value).ToDictionary(s => s.Key, s => ArtifactUrl(s.Last().Artifact))))
            .ToList();
        var names = found.SelectMany(e => e.Urls.Keys).Distinct().OrderBy(n => n.Length).ThenBy(n => n, StringComparer.Ordinal).ToList();
        return new(names, found);
    }

    public static bool IsSample(CampaignArtifact artifact) => Form().IsMatch(artifact.Name);

    public static string ArtifactUrl(CampaignArtifact artifact) => $"/api/artifacts/{artifact.Hash.Hex}";

    /// <summary>The epoch numbered <paramref name="wanted"/>, else the last before it, else the first; the last of all when nothing is wanted.</summary>
    public SampleEpoch? At(int? wanted)
    {
        if (Epochs.Count == 0) return null;
        int place = wanted is { } number ? Epochs.Count(e => e.Number <= number) - 1 : Epochs.Count - 1;
        return Epochs[Math.Max(0, place)];
    }

    /// <summary>Its prompt, else "sample-2" as a caption.</summary>
    public string Caption(string name) =>
        int.TryParse(name.AsSpan(name.LastIndexOf('-') + 1), NumberStyles.None, null, out int place) && place < Prompts.Count ? Prompts[place] : Spoken(name);

    private static string Spoken(string name) => name.Length == 0 ? name : char.ToUpperInvariant(name[0]) + name[1..].Replace('-', ' ');

    [GeneratedRegex(@"^epoch-(?<epoch>[0-9]{1,8})/(?<sample>[^/]+)\.png$", RegexOptions.ExplicitCapture)]
    private static partial Regex Form();
}

using System.Text.Json.Serialization;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;

namespace PortraitGen.Domain.Grpo;

/// <summary>The certificate of a policy version: what it was made from, by hash. Its own hash is the checkpoint's hash.</summary>
/// <param name="Version">Updates since the base.</param>
/// <param name="Parent">The manifest before; none for version 0.</param>
/// <param name="Policy">The adapter. Up to engine 4 all of average and moments too.</param>
/// <param name="Work">The update's input key: its document names the works (rollouts, scores, gradients, …) that led from the parent to here. None in manifests of engine 1.</param>
/// <param name="Average">The averaged adapter, unchanged within an epoch.</param>
/// <param name="Moments">AdamW's, and the number of steps.</param>
/// <remarks>Content hashes, spec and seeds only: ids, times, workers and attempts live elsewhere, so that a campaign with faults has the hash of one without.</remarks>
public sealed record CheckpointManifest(
    int Version, ContentHash? Parent, ArtifactRef Policy, ContentHash Base, ContentHash Spec, IReadOnlyList<GradientRef> Gradients,
    ulong Seed, int Epoch, int Step, int Engine, ExecutionProfile Profile, ContentHash? Work = null,
    ArtifactRef? Average = null, ArtifactRef? Moments = null)
{
    /// <summary>The object that holds the average.</summary>
    [JsonIgnore]
    public ArtifactRef AverageOrAll => Average ?? Policy;

    /// <summary>The object that holds the moments.</summary>
    [JsonIgnore]
    public ArtifactRef MomentsOrAll => Moments ?? Policy;

    public byte[] ToBytes() => CanonicalJson.ToBytes(DomainJson.ToNode(this));

    /// <exception cref="System.Text.Json.JsonException">The bytes are no manifest.</exception>
    public static CheckpointManifest Read(byte[] bytes) => DomainJson.Read<CheckpointManifest>(System.Text.Json.Nodes.JsonNode.Parse(bytes));
}

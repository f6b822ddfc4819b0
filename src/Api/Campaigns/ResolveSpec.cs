using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Jobs.Campaigns;
using PortraitGen.Jobs.Data;

namespace PortraitGen.Api.Campaigns;

/// <summary>Turns what a person wrote into what is stored: defaults filled, names replaced by hashes, the profile by this machine's.</summary>
public sealed class ResolveSpec(JobsDb db, IArtifactStore store, ModelFolders models)
{
    /// <summary>The resolved specification and the hash of what was asked for; or all faults, those of the document and those of what it names.</summary>
    public async Task<Resolution> RunAsync(JsonNode? document, CancellationToken cancel)
    {
        var (spec, found) = SpecReader.Read(document);
        var errors = found.ToList();
        var refused = errors.Select(e => e.Path).ToHashSet();
        var dataset = refused.Overlaps(["dataset", ""]) ? null : await DatasetAsync(spec?.Dataset ?? document!["dataset"]!.GetValue<string>(), errors, cancel);
        string name = refused.Overlaps(["base", ""]) ? "" : spec?.Base ?? document!["base"]?.GetValue<string>() ?? new CampaignSpec().Base;
        string? folder = name.Length > 0 ? await BaseAsync(name, errors, cancel) : null;
        if (spec is null || errors.Count > 0) return new(null, default, errors);

        var model = folder is null ? ContentHash.Parse(name) : (await ModelFolders.PublishAsync(folder, store, cancel)).Hash;
        return new(spec with { Dataset = dataset!.Value.Hex, Base = model.Hex, Profile = Here(spec.Profile) }, SpecWriter.Hash(spec), errors);
    }

    private static ExecutionProfile Here(ExecutionProfile profile) => profile with
    {
        InstructionSet = profile.InstructionSet.Length > 0 ? profile.InstructionSet : HostProfile.InstructionSet,
        Libtorch = profile.Libtorch.Length > 0 ? profile.Libtorch : HostProfile.LibtorchVersion,
    };

    /// <summary>A name means its newest version.</summary>
    private async Task<ContentHash?> DatasetAsync(string text, List<SpecError> errors, CancellationToken cancel)
    {
        var versions = ContentHash.TryParse(text, out var hash) ? db.Datasets.Where(d => d.Hash == hash) : db.Datasets.Where(d => d.Name == text);
        if (await versions.OrderByDescending(d => d.Id).Select(d => (ContentHash?)d.Hash).FirstOrDefaultAsync(cancel) is { } known) return known;
        var names = await db.Datasets.Select(d => d.Name).Distinct().OrderBy(n => n).Take(10).ToListAsync(cancel);
        errors.Add(new("dataset", $"There is no dataset version '{text}'.",
            names.Count > 0 ? "a hash, or one of " + string.Join(", ", names) : "none is there yet: upload a batch of photos and freeze it"));
        return null;
    }

    /// <summary>The model's folder, or null when the text is the hash of a stored one.</summary>
    private async Task<string?> BaseAsync(string text, List<SpecError> errors, CancellationToken cancel)
    {
        if (models.Find(text) is { } folder) return folder;
        if (ContentHash.TryParse(text, out var hash) && await store.ExistsAsync(hash, cancel)) return null;
        var names = models.Names();
        errors.Add(new("base", $"There is no base model '{text}'.", names.Count > 0 ? "the hash of a stored one, or one of " + string.Join(", ", names) : "the hash of a stored one; no model folder is there"));
        return null;
    }
}

/// <param name="Spec">Null when there are errors.</param>
/// <param name="Asked">Hash of the specification as asked for, its names unresolved: what an idempotency key is held to.</param>
public sealed record Resolution(CampaignSpec? Spec, ContentHash Asked, IReadOnlyList<SpecError> Errors);

using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Gpu.Runtime;

namespace PortraitGen.Gpu.Models;

/// <summary>Brings a stored model folder to local disk. Its manifest is canonical JSON, {"files": {"path": reference}}; the manifest's hash names the model.</summary>
/// <param name="folder">Where models are kept; a model is fetched once and stays.</param>
public sealed class ModelStore(string folder)
{
    /// <summary>The local folder of the model whose manifest is <paramref name="manifest"/>.</summary>
    /// <exception cref="ShardFailedException">The object is no model manifest.</exception>
    public string Fetch(ContentHash manifest, ShardRun run)
    {
        string target = Path.Combine(folder, manifest.Hex);
        if (Directory.Exists(target)) return target;

        // Fetched beside and renamed: another worker on this machine may do the same, and whoever is first wins.
        string partial = Path.Combine(folder, $".{manifest.Hex}-{Environment.ProcessId}-{Environment.CurrentManagedThreadId}");
        if (JsonNode.Parse(run.Read(manifest)) is not JsonObject root || root["files"] is not JsonObject files)
            throw new ShardFailedException(Domain.Campaigns.FailureClasses.UserError, $"Object {manifest} is no model manifest: it has no 'files'.");
        foreach (var (path, reference) in files)
        {
            string file = Path.GetFullPath(Path.Combine(partial, path));
            if (!file.StartsWith(Path.GetFullPath(partial) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
                throw new ShardFailedException(Domain.Campaigns.FailureClasses.UserError, $"The model manifest {manifest} names a file outside its folder: '{path}'.");
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllBytes(file, run.Read(ArtifactRef.FromJson(reference).Hash));
        }

        try
        {
            Directory.Move(partial, target);
        }
        catch (IOException) when (Directory.Exists(target))
        {
            Directory.Delete(partial, recursive: true);
        }
        return target;
    }
}

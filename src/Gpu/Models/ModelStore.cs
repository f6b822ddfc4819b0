using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Gpu.Runtime;

namespace PortraitGen.Gpu.Models;

/// <summary>Brings a stored model folder to local disk. Its manifest is canonical JSON, {"files": {"path": reference, or a list of them}}; the manifest's hash names the model.</summary>
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
        try
        {
            Unpack(manifest, run.Read, partial);
            Directory.Move(partial, target);
        }
        catch (IOException) when (Directory.Exists(target))
        {
        }
        finally
        {
            if (Directory.Exists(partial)) Directory.Delete(partial, recursive: true); // a disk that ran full has its space back
        }

        return target;
    }

    /// <summary>Writes the files of a model manifest into a folder. A file is one object, or several in a row where it is large.</summary>
    /// <exception cref="ShardFailedException">The object is no model manifest, or names a file outside the folder.</exception>
    internal static void Unpack(ContentHash manifest, Func<ContentHash, byte[]> read, string folder)
    {
        if (JsonNode.Parse(read(manifest)) is not JsonObject root || root["files"] is not JsonObject files)
            throw new ShardFailedException(Domain.Campaigns.FailureClasses.UserError, $"Object {manifest} is no model manifest: it has no 'files'.");
        foreach (var (path, reference) in files)
        {
            string file = Path.GetFullPath(Path.Combine(folder, path));
            if (!file.StartsWith(Path.GetFullPath(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
                throw new ShardFailedException(Domain.Campaigns.FailureClasses.UserError, $"The model manifest {manifest} names a file outside its folder: '{path}'.");
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            using var to = File.Create(file);
            foreach (var part in reference is JsonArray parts ? [.. parts] : new[] { reference }) to.Write(read(ArtifactRef.FromJson(part).Hash));
        }
    }
}

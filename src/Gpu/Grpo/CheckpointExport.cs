using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Grpo;
using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Models.Lora;
using PortraitGen.Gpu.Tensors;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Grpo;

/// <summary>Writes a checkpoint in the forms that other tools read: its averaged adapter alone, or merged into a whole model folder.</summary>
/// <param name="read">The bytes of a stored object.</param>
public sealed class CheckpointExport(Func<ContentHash, byte[]> read)
{
    private const string AdapterFile = "pytorch_lora_weights.safetensors", Transformer = "transformer", Weights = "diffusion_pytorch_model.safetensors";

    /// <summary>Writes <c>pytorch_lora_weights.safetensors</c>.</summary>
    /// <param name="manifest">The checkpoint.</param>
    /// <param name="folder">Where to; made if it is not there.</param>
    /// <returns>The file.</returns>
    public string Adapter(CheckpointManifest manifest, string folder)
    {
        using var scope = NewDisposeScope();
        var average = PolicyState.ReadAverage(read(manifest.AverageOrAll.Hash));
        var layers = LoraFile.Parse(average, Alpha(manifest)).Select(layer => (layer.Key, layer.Value.A.shape[0], layer.Value.Alpha)).ToList();
        Directory.CreateDirectory(folder);
        string file = Path.Combine(folder, AdapterFile);
        SafetensorsWriter.WriteFile(file, average.Select(tensor => (tensor.Key, tensor.Value)), LoraFile.Metadata(layers));
        return file;
    }

    /// <summary>Writes the base's folder with the adapter added to the transformer's matrices. Everything else is copied byte for byte.</summary>
    /// <inheritdoc cref="Adapter"/>
    /// <returns>The folder.</returns>
    /// <exception cref="IOException">The folder holds something already.</exception>
    public string Merged(CheckpointManifest manifest, string folder)
    {
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()) throw new IOException($"{folder} is not empty; name a folder that is not there yet.");
        string part = folder.TrimEnd(Path.DirectorySeparatorChar) + ".part"; // renamed when whole: half a model is never found under the name
        if (Directory.Exists(part)) Directory.Delete(part, recursive: true);
        ModelStore.Unpack(manifest.Base, read, part);
        using (var scope = NewDisposeScope())
        using (var model = DiffusersFolder.Open(part).LoadTransformer())
        using (var adapter = LoraSet.Attach(model.Weights.Linears, PolicyState.ReadAverage(read(manifest.AverageOrAll.Hash)), Alpha(manifest)))
        {
            adapter.MergeIntoBase();
            foreach (string old in Directory.EnumerateFiles(Path.Combine(part, Transformer), "*.safetensors*")) File.Delete(old);
            SafetensorsWriter.WriteFile(Path.Combine(part, Transformer, Weights), model.Weights.State(), new Dictionary<string, string> { ["format"] = "pt" });
        }

        if (Directory.Exists(folder)) Directory.Delete(folder);
        Directory.Move(part, folder);
        return folder;
    }

    /// <summary>The scale of the campaign's adapter, from its stored specification.</summary>
    private Dictionary<string, string> Alpha(CheckpointManifest manifest)
    {
        var spec = DomainJson.Read<CampaignSpec>(JsonNode.Parse(read(manifest.Spec)));
        return new() { ["lora_adapter_metadata"] = new JsonObject { ["transformer.lora_alpha"] = spec.Lora.Alpha }.ToJsonString() };
    }
}

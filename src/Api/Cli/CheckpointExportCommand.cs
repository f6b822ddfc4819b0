using System.CommandLine;
using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Grpo;
using PortraitGen.Gpu.Grpo;
using PortraitGen.Gpu.Models;

namespace PortraitGen.Api.Cli;

/// <summary>Writes a checkpoint as other tools read it.</summary>
internal static class CheckpointExportCommand
{
    public static Command Create()
    {
        var merge = new Option<bool>("--merge") { Description = "Write a whole model folder with the adapter added to the base's weights. Without it: the adapter alone." };
        var output = new Option<DirectoryInfo>("--out") { Description = "The folder to write.", Required = true };
        return new Command("export", "Write a checkpoint for other tools: pytorch_lora_weights.safetensors, or a merged model folder.") { CheckpointCommand.Which, merge, output }.Verb(async (parsed, client, cancel) =>
        {
            var hash = await CheckpointCommand.ManifestAsync(client, parsed.GetRequiredValue(CheckpointCommand.Which), cancel);
            string folder = parsed.GetRequiredValue(output).FullName;
            // The export reads while tensors live, so it stays on its thread and waits.
            byte[] Read(ContentHash object_) => CheckpointCommand.BytesAsync(client, object_, cancel).GetAwaiter().GetResult();
            string written = await Task.Run(() => Write(new CheckpointExport(Read), Manifest(Read(hash), hash), parsed.GetValue(merge), folder), cancel);
            return Show.Answer(parsed, new JsonObject { ["manifest"] = hash.Hex, ["written"] = written, ["merged"] = parsed.GetValue(merge) }, _ => Console.Out.WriteLine(written));
        });
    }

    private static string Write(CheckpointExport export, CheckpointManifest manifest, bool merge, string folder)
    {
        try
        {
            return merge ? export.Merged(manifest, folder) : export.Adapter(manifest, folder);
        }
        catch (Exception error) when (error is ModelConfigException or WeightsException or IOException)
        {
            throw new CommandException(ExitCodes.Failed, error.Message);
        }
    }

    private static CheckpointManifest Manifest(byte[] bytes, ContentHash hash)
    {
        try
        {
            return CheckpointManifest.Read(bytes);
        }
        catch (Exception error) when (error is System.Text.Json.JsonException or FormatException)
        {
            throw new CommandException(ExitCodes.BadInput, $"{hash} is no checkpoint's manifest.");
        }
    }
}

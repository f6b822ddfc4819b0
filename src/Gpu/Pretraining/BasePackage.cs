using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Pretraining;
using PortraitGen.Gpu.Imaging.Drawn;
using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Models.Vae;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Gpu.Tensors;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Pretraining;

/// <summary>The end of pretraining: a model folder in the diffusers layout, as stored objects and a manifest.</summary>
internal sealed class BasePackage(PackageInput input, ModelStore models)
{
    private const int Unseen = 64;

    public ShardResult Run(ShardRun run)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        using var parts = BaseParts.Open(input.Last, models, run);
        parts.Trainer.UseAverage();
        var values = new JsonObject { ["vae-psnr-captured"] = Psnr(parts.Pipeline.Vae, Look.Captured), ["vae-psnr-ai"] = Psnr(parts.Pipeline.Vae, Look.Ai), ["parameters"] = parts.Pipeline.Transformer.Weights.Count };

        string folder = Path.Combine(Path.GetTempPath(), $"portraitgen-package-{Environment.ProcessId}-{Environment.CurrentManagedThreadId}");
        try
        {
            DiffusersFolderWriter.Save(folder, parts.Pipeline);
            var outputs = new Dictionary<string, ArtifactRef>();
            var files = new JsonObject();
            foreach (string path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(folder, f).Replace('\\', '/')).Order(StringComparer.Ordinal))
            {
                string type = path.EndsWith(".json", StringComparison.Ordinal) ? MediaTypes.Json : path.EndsWith(".safetensors", StringComparison.Ordinal) ? MediaTypes.Safetensors : "text/plain";
                outputs[path] = run.Write(File.ReadAllBytes(Path.Combine(folder, path)), type);
                files[path] = outputs[path].ToJson();
            }
            outputs["manifest"] = run.Write(CanonicalJson.ToBytes(new JsonObject { ["files"] = files }), MediaTypes.Json);
            return new(outputs, values);
        }
        finally
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>PSNR of the autoencoder's round trip on drawn portraits outside of its training, in dB.</summary>
    private double Psnr(AutoencoderKL vae, Look look)
    {
        using var scope = NewDisposeScope();
        int side = input.Last.Size;
        var images = stack([.. Enumerable.Range(0, Unseen).Select(i => Pixels.FromInterleaved(DrawnPortrait.Render((ulong)(input.FirstUnseen + i), look, side).Rgb, side, side))]);
        var again = Pixels.ToBytes(vae.Decode(AutoencoderKL.Mode(vae.Encode(Pixels.ToFloat(images)))));
        double mse = (again.to(float32) - images.to(float32)).square().mean().item<float>();
        return 10 * Math.Log10(255 * 255 / mse);
    }
}

using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Inversion;
using PortraitGen.Gpu.Grpo;
using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Gpu.Sampling;
using PortraitGen.Gpu.Tensors;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Inversion;

/// <summary>Real portraits to latents, with the VAE's round trip; the first few are inverted and replayed to see how healthy inversion is.</summary>
public sealed class EncodeHandler(ModelPool models)
{
    public ShardResult Run(EncodeInput input, ShardRun run, CancellationToken cancel)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var (pipeline, policy) = models.Mine.Policy(input.Base, new(), null, average: false, seed: 0, input.Profile, run);
        run.Report(0.05, "encoding");
        var images = stack([.. input.Portraits.Select(p => PortraitImages.Read(run.Read(p.Image), pipeline))]);       // [n,3,H,W]
        var latents = pipeline.EncodeBytes(images, input.Profile);                                     // [n,C,h,w]
        Finite.Require(latents, "the portraits' latents");
        var roundTrip = pipeline.DecodeToBytes(latents, input.Profile);                                // [n,3,H,W]
        var values = new JsonObject { ["psnr"] = Psnr(images, roundTrip), ["latentRms"] = latents.square().mean().sqrt().item<float>() };
        if (Math.Min(input.HealthChecks, input.Portraits.Count) is > 0 and var checks)
        {
            run.Report(0.5, "inverting");
            values["inversion"] = Health(pipeline, policy, latents.slice(0, 0, checks, 1), new Prompts(pipeline, input.Prompts, run.Read).Of([.. input.Portraits.Take(checks).Select(p => p.Caption)]), input.Sampler, cancel);
        }
        var stored = new EncodedPortraits(latents, images, roundTrip).ToBytes();
        return new(new Dictionary<string, ArtifactRef> { ["portraits"] = run.Write(stored, MediaTypes.Safetensors) }, values);
    }

    /// <summary>By BELM under the base, without guidance.</summary>
    private static JsonObject Health(ITextToImagePipeline pipeline, Policy policy, Tensor latents, Conditioning prompts, OdeSpec sampler, CancellationToken cancel)
    {
        var (method, grid) = (InversionMethod.Of(ExemplarMethod.Belm), pipeline.Grid(sampler));
        Tensor Velocity(Tensor x, double s) => policy.Conditional(x, s, prompts);
        return InversionHealth.Of(method, Velocity, method.Invert(Velocity, latents, grid, cancel), grid, null, cancel).Means();
    }

    private static double Psnr(Tensor a, Tensor b)
    {
        double mse = (a.to(float32) - b.to(float32)).square().mean().item<float>();
        return 10 * Math.Log10(255 * 255 / Math.Max(mse, 1e-9));
    }
}

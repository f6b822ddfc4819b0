using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Inversion;
using PortraitGen.Domain.Maths;
using PortraitGen.Gpu.Grpo;
using PortraitGen.Gpu.Models.Sd3;
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
        var latents = pipeline.EncodeBytes(images, input.Profile.ImagesPerShard);                                     // [n,C,h,w]
        Finite.Require(latents, "the portraits' latents");
        var roundTrip = pipeline.DecodeToBytes(latents, input.Profile.ImagesPerShard);                                // [n,3,H,W]
        var values = new JsonObject { ["psnr"] = Psnr(images, roundTrip), ["latentRms"] = latents.square().mean().sqrt().item<float>() };
        if (Math.Min(input.HealthChecks, input.Portraits.Count) is > 0 and var checks)
        {
            run.Report(0.5, "inverting");
            values["inversion"] = Health(pipeline, policy, latents.slice(0, 0, checks, 1), [.. input.Portraits.Take(checks).Select(p => p.Caption)], input.Sampler, cancel);
        }
        var stored = new EncodedPortraits(latents, images, roundTrip).ToBytes();
        return new(new Dictionary<string, ArtifactRef> { ["portraits"] = run.Write(stored, MediaTypes.Safetensors) }, values);
    }

    /// <summary>Mean square of the inverted noise (1 is healthy), and the replay's error against the latents' power, in dB.</summary>
    private static JsonObject Health(Sd3Pipeline pipeline, Policy policy, Tensor latents, string[] captions, SamplerSpec sampler, CancellationToken cancel)
    {
        var prompts = pipeline.Condition(captions);
        var grid = SigmaGrid.Uniform(sampler.Steps, sampler.Shift);
        var states = BelmInversion.Invert(policy, latents, prompts, grid, cancel);
        var again = BelmInversion.Replay(policy, states[0], states[1], prompts, grid, cancel);
        double error = (again - latents).square().mean().item<float>(), power = latents.square().mean().item<float>();
        return new() { ["noiseNorm"] = states[0].square().mean().item<float>(), ["replayDb"] = 10 * Math.Log10(power / Math.Max(error, 1e-20)) };
    }

    private static double Psnr(Tensor a, Tensor b)
    {
        double mse = (a.to(float32) - b.to(float32)).square().mean().item<float>();
        return 10 * Math.Log10(255 * 255 / Math.Max(mse, 1e-9));
    }
}

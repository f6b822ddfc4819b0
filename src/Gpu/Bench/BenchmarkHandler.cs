using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Bench;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Maths;
using PortraitGen.Gpu.Grpo;
using PortraitGen.Gpu.Imaging;
using PortraitGen.Gpu.Inversion;
using PortraitGen.Gpu.Rewards;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Gpu.Sampling;
using PortraitGen.Gpu.Tensors;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Bench;

/// <summary>The two tasks of a benchmark: sampling images of a policy, and measuring them against held-out portraits.</summary>
public sealed class BenchmarkHandler(ModelPool models) : IShardHandler
{
    public string Kind => ShardKinds.Benchmark;

    public ShardResult Run(ShardRun run, CancellationToken cancel) =>
        run.Input.ContainsKey("captions")
            ? Sample(DomainJson.Read<SampleInput>(run.Input), run, cancel)
            : Measure(DomainJson.Read<MeasureInput>(run.Input), run);

    private ShardResult Sample(SampleInput input, ShardRun run, CancellationToken cancel)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var (pipeline, loaded) = models.Mine.Policy(input.Base, input.Lora, input.Policy, average: true, input.Seed, input.Profile, run);
        var prompts = new Prompts(pipeline, input.Prompts, run.Read);
        var policy = pipeline.Guided(loaded, input.Sampler, prompts);
        run.Report(0.05, "sampling");
        var start = cat([.. input.Captions.Select((_, i) => Noise.Normal(CounterRng.For(input.Seed, input.Purpose, input.First + i), [1, .. pipeline.LatentShape]))]); // [n,C,h,w]
        var latents = OdeSampler.Run(policy, start, prompts.Of(input.Captions), pipeline.Grid(input.Sampler), 0, input.Sampler.Steps, cancel);
        Finite.Require(latents, $"the latents of {input.Purpose}");
        var images = pipeline.DecodeToBytes(latents, input.Profile);                                                                                  // [n,3,H,W]

        var outputs = new Dictionary<string, ArtifactRef> { ["images"] = run.Write(SafetensorsWriter.ToBytes([("images", images)]), MediaTypes.Safetensors) };
        if (input.AsPng)
            for (int i = 0; i < input.Captions.Count; i++)
                outputs[$"image-{i}"] = run.Write(new RgbImage((int)images.shape[3], (int)images.shape[2], Pixels.Interleaved(images[i])).ToPng(), MediaTypes.Png);
        return new(outputs, new JsonObject
        {
            ["scores"] = Scores.Of(images, input.Rewards, run, input.Profile, cancel),
            ["forwards"] = input.Captions.Count * input.Sampler.Steps * policy.Passes,
        });
    }

    private static ShardResult Measure(MeasureInput input, ShardRun run)
    {
        using var scope = NewDisposeScope();
        var generated = cat([.. input.Samples.Select(s => RolloutTensors.ReadImages(run.Read(s)))]); // [N,3,H,W]
        var heldout = EncodedPortraits.ReadAll(input.Heldout, run);
        return new(new Dictionary<string, ArtifactRef>(), new JsonObject
        {
            ["raw"] = HeldoutMeasures.Of(generated, heldout.Images),
            ["roundTrip"] = HeldoutMeasures.Of(generated, heldout.RoundTrip),
            // What the VAE alone costs: the floor of the first, and near 0 for no policy.
            ["vae"] = HeldoutMeasures.Of(heldout.RoundTrip, heldout.Images),
        });
    }
}

using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Maths;
using PortraitGen.Domain.Rewards;
using PortraitGen.Gpu.Grpo;
using PortraitGen.Gpu.Inversion;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Gpu.Sampling;
using PortraitGen.Gpu.Tensors;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Rewards;

/// <summary>Makes labelled images: samples of the base (label <c>generated</c>) and real portraits with one known flaw each.</summary>
public sealed class LabelHandler(ModelPool models) : IShardHandler
{
    public string Kind => ShardKinds.Label;

    public ShardResult Run(ShardRun run, CancellationToken cancel)
    {
        var input = DomainJson.Read<LabelInput>(run.Input);
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var (pipeline, loaded) = models.Mine.Policy(input.Base, new(), null, average: false, input.Seed, input.Profile, run);
        var prompts = new Prompts(pipeline, input.Prompts, run.Read);
        var policy = pipeline.Guided(loaded, input.Sampler, prompts);
        run.Report(0.05, "sampling the base");
        var start = cat([.. input.Captions.Select((_, i) => Noise.Normal(CounterRng.For(input.Seed, "label-start", input.First + i), [1, .. pipeline.LatentShape]))]); // [n,C,h,w]
        var latents = OdeSampler.Run(policy, start, prompts.Of(input.Captions), pipeline.Grid(input.Sampler), 0, input.Sampler.Steps, cancel);
        Finite.Require(latents, "the latents of the base's samples");
        var generated = pipeline.DecodeToBytes(latents, input.Profile);                                                                                 // [n,3,H,W]

        run.Report(0.8, "corrupting portraits");
        var real = EncodedPortraits.Pick(input.Real, run).RoundTrip;                                                                                                   // [m,3,H,W]
        var labels = new List<long>(Enumerable.Repeat((long)ImageLabel.Generated, input.Captions.Count));
        var images = new List<Tensor> { generated };
        for (int i = 0; i < input.Real.Count; i++)
        {
            var draws = CounterRng.For(input.Seed, "corruption", input.First + i);
            var flaw = Corruptions.All[draws.Below(99, Corruptions.All.Count)];
            images.Add(Pixels.ToBytes(Corruptions.Apply(Pixels.ToFloat(real[i].unsqueeze(0)), flaw, draws)));                                                          // [1,3,H,W]
            labels.Add((long)flaw);
        }

        var stored = SafetensorsWriter.ToBytes([("images", cat(images)), ("labels", tensor(labels.ToArray()))]);
        var values = new JsonObject { ["generated"] = input.Captions.Count, ["corrupted"] = input.Real.Count, ["forwards"] = input.Captions.Count * input.Sampler.Steps * policy.Passes };
        return new(new Dictionary<string, ArtifactRef> { ["labelled"] = run.Write(stored, MediaTypes.Safetensors) }, values);
    }
}

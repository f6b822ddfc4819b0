using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Pretraining;
using PortraitGen.Gpu.Imaging;
using PortraitGen.Gpu.Imaging.Drawn;
using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Models.Vae;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Gpu.Sampling;
using PortraitGen.Gpu.Tensors;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Pretraining;

/// <summary>The tasks of pretraining a base model.</summary>
public sealed class PretrainHandler(ModelStore models) : IShardHandler
{
    public string Kind => ShardKinds.Pretrain;

    public ShardResult Run(ShardRun run, CancellationToken cancel) => run.Input.ContainsKey("last")
        ? new BasePackage(DomainJson.Read<PackageInput>(run.Input), models).Run(run)
        : run.Input["task"]!.GetValue<string>() switch
        {
            "draw" => Draw(DomainJson.Read<DrawInput>(run.Input), run, cancel),
            "load" => Load(DomainJson.Read<LoadInput>(run.Input), run),
            "vae" => Vae(DomainJson.Read<VaeInput>(run.Input), run, cancel),
            "encode" => Encode(DomainJson.Read<EncodeLatentsInput>(run.Input), run),
            "base" => Base(DomainJson.Read<BaseInput>(run.Input), run, cancel),
            var other => throw new ShardFailedException(FailureClasses.UserError, $"Pretraining has no task '{other}'."),
        };

    private static ShardResult Draw(DrawInput input, ShardRun run, CancellationToken cancel)
    {
        using var scope = NewDisposeScope();
        var images = new List<Tensor>();
        for (int i = 0; i < input.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            foreach (string look in input.Looks)
            {
                var image = DrawnPortrait.Render((ulong)(input.First + i), Enum.Parse<Look>(look, ignoreCase: true), input.Size);
                images.Add(Pixels.FromInterleaved(image.Rgb, input.Size, input.Size));
            }
            if (i % 20 == 19) run.Report((i + 1.0) / input.Count, $"drawing portrait {i + 1} of {input.Count}");
        }
        return Portraits(stack(images), Enumerable.Range(0, input.Count).SelectMany(i => input.Looks.Select(_ => DrawnPortrait.Caption((ulong)(input.First + i)))), run);
    }

    private static ShardResult Load(LoadInput input, ShardRun run)
    {
        using var scope = NewDisposeScope();
        var images = input.Portraits.Select(p => PhotoDecoder.Decode(run.Read(p.Image), DecodeLimits.Default) is DecodeOutcome.Photo photo
            ? Resample.Square(photo.Image, input.Size)
            : throw new ShardFailedException(FailureClasses.UserError, "A curated portrait does not decode: the dataset version is damaged. Curate its batch again."));
        return Portraits(stack([.. images.Select(i => Pixels.FromInterleaved(i.Rgb, input.Size, input.Size))]), input.Portraits.Select(p => p.Caption), run);
    }

    private static ShardResult Portraits(Tensor images, IEnumerable<string> captions, ShardRun run) => new(new Dictionary<string, ArtifactRef>
    {
        ["images"] = run.Write(SafetensorsWriter.ToBytes([("images", images)]), MediaTypes.Safetensors),
        ["captions"] = run.Write(CanonicalJson.ToBytes(new JsonArray([.. captions.Select(c => (JsonNode)c)])), MediaTypes.Json),
    }, new JsonObject { ["count"] = images.shape[0] });

    private static ShardResult Vae(VaeInput input, ShardRun run, CancellationToken cancel)
    {
        using var scope = NewDisposeScope();
        using var vae = BaseParts.FreshVae(input.Vae, input.Size, input.Seed);
        using var trainer = new VaeTrainer(vae, new VaeTraining(input.Seed, input.Vae.Steps, input.Vae.Batch));
        if (input.State is { } before) trainer.Load(BaseParts.Read(run.Read(before)), input.From);
        var images = cat([.. input.Images.Select(i => BaseParts.Read(run.Read(i))["images"])]);
        double psnr = 0;
        for (int step = input.From; step < input.To; step++)
        {
            cancel.ThrowIfCancellationRequested();
            var (loss, db) = trainer.Update(images);
            if (!double.IsFinite(loss)) throw new ShardFailedException(FailureClasses.Nan, $"The autoencoder's loss is {loss} at step {step}.");
            psnr += db / (input.To - input.From);
            if (step % 10 == 9) run.Report((step + 1.0 - input.From) / (input.To - input.From), $"autoencoder: step {step + 1} of {input.Vae.Steps}, {db:F1} dB");
        }
        return State(trainer.State(), new JsonObject { ["psnr"] = psnr }, run);
    }

    private ShardResult Encode(EncodeLatentsInput input, ShardRun run)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        using var vae = input.Model is { } model ? DiffusersFolder.Open(models.Fetch(model, run)).LoadVae() : BaseParts.FreshVae(input.Vae, input.Size, input.Seed);
        if (input.State is { } trained) vae.Weights.CopyFrom(BaseParts.Model(BaseParts.Read(run.Read(trained))));
        var images = BaseParts.Read(run.Read(input.Images))["images"];
        var latents = cat([.. images.split(50).Select(part =>
        {
            using var batch = NewDisposeScope();
            return AutoencoderKL.Mode(vae.Encode(Pixels.ToFloat(part))).MoveToOuterDisposeScope(); // [50,C,h,w]
        })]);
        return new(new Dictionary<string, ArtifactRef> { ["latents"] = run.Write(SafetensorsWriter.ToBytes([("latents", latents)]), MediaTypes.Safetensors) }, []);
    }

    private ShardResult Base(BaseInput input, ShardRun run, CancellationToken cancel)
    {
        using var scope = NewDisposeScope();
        using var parts = BaseParts.Open(input, models, run);
        double sum = 0;
        for (int step = input.From; step < input.To; step++)
        {
            cancel.ThrowIfCancellationRequested();
            double loss = parts.Trainer.Update(parts.Latents, parts.Captions);
            if (!double.IsFinite(loss)) throw new ShardFailedException(FailureClasses.Nan, $"The transformer's loss is {loss} at step {step}.");
            sum += loss;
            if (step % 10 == 9) run.Report((step + 1.0 - input.From) / (input.To - input.From), $"transformer: step {step + 1} of {input.Base.Steps}, loss {loss:F3}");
        }
        return State(parts.Trainer.State(), new JsonObject { ["loss"] = sum / (input.To - input.From) }, run);
    }

    private static ShardResult State(IEnumerable<(string, Tensor)> state, JsonObject values, ShardRun run) =>
        new(new Dictionary<string, ArtifactRef> { ["state"] = run.Write(SafetensorsWriter.ToBytes(state), MediaTypes.Safetensors) }, values);
}

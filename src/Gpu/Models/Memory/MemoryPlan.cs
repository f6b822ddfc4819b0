using PortraitGen.Domain.Campaigns;
using PortraitGen.Gpu.Models.Lora;
using PortraitGen.Gpu.Models.Vae;

namespace PortraitGen.Gpu.Models.Memory;

/// <summary>One part of the device memory that a campaign is expected to take.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Bytes">Expected bytes.</param>
/// <param name="Note">What it was computed from.</param>
public sealed record MemoryPart(string Name, long Bytes, string Note);

/// <summary>Expected device memory of a campaign on a model folder, from configs and headers alone: it needs no weights and reads none.</summary>
public sealed class MemoryPlan
{
    private const int Single = 4; // bytes of fp32: adapters, optimiser and latents, whatever the base is
    private const int Half = 2; // bytes of bf16
    private readonly Dictionary<string, (long Numbers, double Bytes)> _weights = new(StringComparer.Ordinal);

    /// <param name="folder">A model folder, with weights or without.</param>
    /// <param name="spec">The campaign.</param>
    /// <exception cref="ModelConfigException">A component is unknown or its config is wrong.</exception>
    /// <exception cref="WeightsException">An index or a header does not fit the config.</exception>
    public MemoryPlan(DiffusersFolder folder, CampaignSpec spec)
    {
        TextIsOffloaded = spec.Profile.OffloadText;
        var parts = folder.Parts();
        var notes = new List<MemoryPart>();
        foreach (var part in parts)
        {
            part.Check();
            long numbers = part.Shapes().Sum(tensor => Count(tensor.Shape));
            double bytes = spec.Profile.Weights is WeightType.Bf16 && part.Component != "vae" ? Half : part.Files.BytesPerNumber(numbers) ?? Single;
            _weights[part.Component] = (numbers, bytes);
            notes.Add(new(part.Component, (long)(numbers * bytes), $"{numbers:N0} numbers of {bytes:0.#} bytes"));
        }

        string[] targets = [.. LoraTargets.Attention, .. spec.Lora.FeedForward ? LoraTargets.FeedForward : []];
        var transformer = parts.Single(part => part.Component == "transformer");
        long adapter = transformer.Shapes().Where(tensor => tensor.Shape.Length == 2 && tensor.Name.EndsWith(".weight", StringComparison.Ordinal) && LoraTargets.Match(tensor.Name[..^".weight".Length], targets))
            .Sum(tensor => (tensor.Shape[0] + tensor.Shape[1]) * spec.Lora.Rank);
        var (blocks, latent, words) = folder.TransformerShape(targets, spec.Lora.Rank);
        var vae = VaeConfig.Parse(parts.Single(part => part.Component == "vae").Files.Text("config.json"), "vae/config.json");
        double number = _weights["transformer"].Bytes;
        int passes = spec.Objective is Objective.Grpo && spec.Sampler.Guidance > 1 && !folder.EmbedsGuidance ? 2 : 1;
        bool reference = spec.Optimizer.KlWeight > 0;
        int samples = spec.Profile.GroupsPerShard * spec.Group.Size;
        string batch = $"{samples} latents of {string.Join("x", latent)}, {words} text tokens{(passes == 2 ? ", with guidance" : "")}{(reference ? ", with a KL's reference" : "")}";

        Adapter = adapter * Single;
        Training = (long)(TransformerMemory.Training(blocks, passes, reference) * samples * number);
        Recomputed = (long)(TransformerMemory.Recomputed(blocks, passes, reference) * samples * number);
        Sampling = (long)(TransformerMemory.Sampling(blocks) * samples * number);
        long[] tile = spec.Profile.VaeTile == 0 ? latent : [latent[0], Math.Min(latent[1], spec.Profile.VaeTile), Math.Min(latent[2], spec.Profile.VaeTile)];
        int decoded = Math.Min(samples, spec.Profile.ImagesPerShard);
        Decoding = (long)(VaeMemory.Decoding(vae, tile) * decoded * _weights["vae"].Bytes);
        Parts =
        [
            .. notes,
            new("adapter", Adapter, $"LoRA of rank {spec.Lora.Rank}, {adapter:N0} numbers, fp32"),
            new("adapter's gradients", Adapter, "in gradient shards"),
            new("optimiser", 6 * Adapter, "in update shards: adapter, average, two moments, two sums of gradients"),
            new("activations, training", Training, batch),
            new("activations, training with recomputation", Recomputed, batch),
            new("activations, sampling", Sampling, batch),
            new("VAE decoding", Decoding, $"{decoded} images at a time{(spec.Profile.VaeTile > 0 ? $", in tiles of {spec.Profile.VaeTile}" : "")}"),
            new("latents of a rollout", 3L * spec.Sampler.Window * samples * Count(latent) * Single, $"x, v and z of {spec.Sampler.Window} steps"),
        ];
    }

    public IReadOnlyList<MemoryPart> Parts { get; }

    /// <summary>Bytes of the models that a shard holds; of the text encoders only where they are not offloaded.</summary>
    public long Weights => Held(text: false) + (TextIsOffloaded ? 0 : Text);

    /// <summary>Whether only embed shards load the text encoders.</summary>
    public bool TextIsOffloaded { get; }

    /// <summary>Bytes of the text encoders.</summary>
    public long Text => Held(text: true);

    /// <summary>Bytes of the adapter.</summary>
    public long Adapter { get; }

    /// <summary>Bytes of activations in a training step.</summary>
    public long Training { get; }

    /// <summary>The same with recomputation.</summary>
    public long Recomputed { get; }

    /// <summary>Bytes of activations while sampling.</summary>
    public long Sampling { get; }

    /// <summary>Bytes that decoding takes.</summary>
    public long Decoding { get; }

    private long Held(bool text) => (long)_weights.Where(part => part.Key.StartsWith("text_encoder", StringComparison.Ordinal) == text).Sum(part => part.Value.Numbers * part.Value.Bytes);

    private static long Count(long[] shape) => shape.Aggregate(1L, (product, size) => product * size);
}

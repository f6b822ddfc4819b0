using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Grpo;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Gpu.Tensors;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Inversion;

/// <summary>Real portraits as an <c>invert</c> shard stores them.</summary>
/// <param name="Latents">Model-scale latents, float32 [n, C, h, w].</param>
/// <param name="Images">As captured, uint8 [n, 3, H, W].</param>
/// <param name="RoundTrip">After the VAE, uint8 [n, 3, H, W]: what rewards score, or they would learn to tell the VAE from no VAE.</param>
public sealed record EncodedPortraits(Tensor Latents, Tensor Images, Tensor RoundTrip)
{
    public byte[] ToBytes() => SafetensorsWriter.ToBytes([("latents", Latents), ("images", Images), ("roundtrip", RoundTrip)]);

    public static EncodedPortraits Read(byte[] bytes)
    {
        using var file = SafetensorsFile.Open(bytes, "portraits");
        return new(file.Read("latents"), file.Read("images"), file.Read("roundtrip"));
    }

    /// <summary>Several outputs as one, in the order given.</summary>
    public static EncodedPortraits ReadAll(IEnumerable<ContentHash> outputs, ShardRun run)
    {
        var parts = outputs.Select(o => Read(run.Read(o))).ToArray();
        return new(cat([.. parts.Select(p => p.Latents)]), cat([.. parts.Select(p => p.Images)]), cat([.. parts.Select(p => p.RoundTrip)]));
    }

    /// <summary>The rows that <paramref name="exemplars"/> name, in their order.</summary>
    public static EncodedPortraits Pick(IReadOnlyList<ExemplarRef> exemplars, ShardRun run)
    {
        var files = exemplars.Select(e => e.Latents).Distinct().ToDictionary(h => h, h => Read(run.Read(h)));
        foreach (var e in exemplars)
            if (e.Row < 0 || e.Row >= files[e.Latents].Latents.shape[0])
                throw new ShardFailedException(FailureClasses.UserError, $"Exemplar row {e.Row} is not in {e.Latents}, which holds {files[e.Latents].Latents.shape[0]} portraits.");
        Tensor Rows(Func<EncodedPortraits, Tensor> of) => stack([.. exemplars.Select(e => of(files[e.Latents])[e.Row])]);
        return new(Rows(p => p.Latents), Rows(p => p.Images), Rows(p => p.RoundTrip));
    }
}

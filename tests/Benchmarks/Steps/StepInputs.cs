using System.Globalization;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Maths;
using PortraitGen.Gpu.Grpo;
using PortraitGen.Gpu.Imaging.Drawn;
using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Models.Lora;
using PortraitGen.Gpu.Models.Sd3;
using PortraitGen.Gpu.Sampling;
using PortraitGen.Gpu.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Benchmarks.Steps;

/// <summary>Weights and inputs that all contenders share: one slice of the default campaign on the shipped model. G groups, N = G * size samples, K = G * levels exemplar draws, W steps.</summary>
internal sealed class StepInputs : IDisposable
{
    public const int Groups = 2, Images = 8, WindowStart = 2;
    private const ulong Seed = 1;

    private readonly DisposeScope _scope = NewDisposeScope();

    private StepInputs(Sd3Pipeline pipeline)
    {
        Pipeline = pipeline;
        Spec = new();
        Grid = SigmaGrid.Uniform(Spec.Sampler.Steps, Spec.Sampler.Shift);
        Kernel = [.. Enumerable.Range(WindowStart, Spec.Sampler.Window).Select(i => KernelStep.For(Spec.Sampler.Kernel, Spec.Sampler.Noise, Grid[i], Grid[i + 1], Grid[1]))];
        string[] targets = [.. LoraTargets.Attention, .. LoraTargets.FeedForward];
        Adapter = LoraSet.Attach(pipeline.Transformer.Linears, new() { Rank = Spec.Lora.Rank, Alpha = Spec.Lora.Alpha, Targets = targets }, Noise.Weights(Seed));
    }

    public Sd3Pipeline Pipeline { get; }
    public CampaignSpec Spec { get; }
    public double[] Grid { get; }
    public KernelStep[] Kernel { get; }
    public LoraSet Adapter { get; }

    /// <summary>Tensors by the name that peer.py reads them by.</summary>
    public Dictionary<string, Tensor> Tensors { get; } = [];

    public double PolicyClip => Surrogate.ClipFor(Spec.Optimizer.ClipRange, Latent.Aggregate(1L, (a, b) => a * b));
    public double ExemplarClip => Surrogate.ClipFor(Spec.Exemplars.ClipRange, Latent.Aggregate(1L, (a, b) => a * b));
    private long[] Latent => Pipeline.LatentShape;

    public static StepInputs Create(string model)
    {
        var made = new StepInputs(DiffusersFolder.Open(model).LoadSd3());
        using var off = no_grad();
        // As in the middle of a training: B is zero at first, and then A has no gradient.
        foreach (var (name, value) in made.Adapter.Trainables.Where(t => t.Name.EndsWith("lora_B.weight", StringComparison.Ordinal)))
            value.copy_(Noise.Normal(CounterRng.For(Seed, "moved/" + name), value.shape) * 0.02);
        made.Fill();
        return made;
    }

    /// <summary>The transformer's weights in the order of graph.py: a linear layer gives two, 28 a block, the last block lacks the last 6.</summary>
    public static List<Tensor> Weights(Sd3Transformer model)
    {
        var list = new List<Tensor>();
        void Add(params string[] paths) => list.AddRange(paths.SelectMany(p => new[] { model.Weights[p + ".weight"], model.Weights[p + ".bias"] }));
        Add("pos_embed.proj");
        list.Add(model.Weights["pos_embed.pos_embed"]);
        Add("time_text_embed.timestep_embedder.linear_1", "time_text_embed.timestep_embedder.linear_2", "time_text_embed.text_embedder.linear_1", "time_text_embed.text_embedder.linear_2",
            "context_embedder", "norm_out.linear", "proj_out");
        for (int block = 0; block < model.Config.NumLayers; block++) Add([.. new[] { "norm1.linear", "norm1_context.linear" }.Concat(Adapted(model, block)).Select(p => $"transformer_blocks.{block}.{p}")]);
        return list;
    }

    /// <summary>The adapters in the order of graph.py: A and B of each linear layer, 24 a block.</summary>
    public List<Tensor> Adapters()
    {
        var byName = Adapter.Trainables.ToDictionary(t => t.Name, t => (Tensor)t.Value);
        return [.. Enumerable.Range(0, Pipeline.Transformer.Config.NumLayers).SelectMany(block => Adapted(Pipeline.Transformer, block)
            .SelectMany(p => new[] { $"transformer.transformer_blocks.{block}.{p}.lora_A.weight", $"transformer.transformer_blocks.{block}.{p}.lora_B.weight" })).Select(n => byName[n])];
    }

    /// <summary>The decoder's weights in the order in which it claims them, which is that of graph.py.</summary>
    public List<Tensor> Decoder() => [.. Pipeline.Vae.Weights.Names.Where(n => n.StartsWith("decoder.", StringComparison.Ordinal)).Select(n => Pipeline.Vae.Weights[n])];

    /// <summary>The campaign's numbers as functions that graph.py calls.</summary>
    public string Constants()
    {
        static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture) is var text && text.AsSpan().IndexOfAny(".E") >= 0 ? text : text + ".0";
        static string List(string name, IEnumerable<double> values) => $"def {name}() -> List[float]:\n    return [{string.Join(", ", values.Select(Number))}]\n\n\n";
        static string One(string name, double value) => $"def {name}() -> float:\n    return {Number(value)}\n\n\n";
        static string Int(string name, long value) => $"def {name}() -> int:\n    return {value}\n\n\n";
        return List("sigmas", Grid) + List("kernel_cx", Kernel.Select(k => k.Cx)) + List("kernel_cv", Kernel.Select(k => k.Cv)) + List("kernel_std", Kernel.Select(k => k.Std))
            + One("lora_scale", Spec.Lora.Alpha / Spec.Lora.Rank) + One("vae_scale", Pipeline.Vae.Config.ScalingFactor) + One("vae_shift", Pipeline.Vae.Config.ShiftFactor)
            + One("policy_clip", PolicyClip) + One("exemplar_clip", ExemplarClip) + One("learning_rate", Spec.Optimizer.LearningRate) + One("weight_decay", Spec.Optimizer.WeightDecay)
            + One("max_norm", Spec.Optimizer.MaxGradientNorm)
            + Int("head_count", Pipeline.Transformer.Config.NumAttentionHeads) + Int("vae_groups", Pipeline.Vae.Config.NormNumGroups) + Int("window_start", WindowStart) + Int("group_size", Spec.Group.Size);
    }

    public void Dispose()
    {
        _scope.Dispose();
        Adapter.Dispose();
        Pipeline.Dispose();
    }

    private static string[] Adapted(Sd3Transformer model, int block)
    {
        string[] both = ["attn.to_q", "attn.to_k", "attn.to_v", "attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj", "attn.to_out.0", "ff.net.0.proj", "ff.net.2"];
        return block == model.Config.NumLayers - 1 ? both : [.. both, "attn.to_add_out", "ff_context.net.0.proj", "ff_context.net.2"];
    }

    private void Fill()
    {
        var (size, levels, steps) = (Spec.Group.Size, Spec.Exemplars.Levels, Spec.Sampler.Window);
        long[] One = [1, .. Latent];
        Tensor Draw(string purpose, int count) => cat([.. Enumerable.Range(0, count).Select(i => Noise.Normal(CounterRng.For(Seed, purpose, i), One))]);
        var prompts = Pipeline.TextEncoder.Condition([.. Enumerable.Range(0, Groups).Select(i => DrawnPortrait.Caption((ulong)i))]);
        var eight = Pipeline.TextEncoder.Condition([.. Enumerable.Range(0, Images).Select(i => DrawnPortrait.Caption((ulong)i))]);
        var each = prompts.Repeat(size);
        Tensors["context"] = prompts.Context;                                                                                   // [G,L,D]
        Tensors["pooled"] = prompts.Pooled;                                                                                     // [G,P]
        Tensors["each_context"] = each.Context;                                                                                 // [N,L,D]
        Tensors["each_pooled"] = each.Pooled;                                                                                   // [N,P]
        Tensors["eight_context"] = eight.Context;                                                                               // [8,L,D]
        Tensors["eight_pooled"] = eight.Pooled;                                                                                 // [8,P]
        Tensors["eight_start"] = Draw("eight", Images);                                                                         // [8,C,h,w]
        Tensors["start"] = Draw("start", Groups);                                                                               // [G,C,h,w]
        Tensors["noise"] = stack([.. Enumerable.Range(0, steps).Select(w => Draw($"noise-{w}", Groups * size))]);               // [W,N,C,h,w]
        Tensors["advantage"] = Noise.Normal(CounterRng.For(Seed, "advantage"), [Groups * size]);                                // [N]

        // Rollouts of a policy that has moved a little since: ratios near 1, not at 1.
        var policy = new Policy(Pipeline.Transformer, Adapter);
        var sampled = GroupSampler.Run(policy, Tensors["start"], w => Tensors["noise"][w], prompts, size, Spec.Sampler, SigmaGrid.Uniform(Spec.Sampler.Steps, Spec.Sampler.Shift), WindowStart, CancellationToken.None);
        (Tensors["x"], Tensors["z"]) = (sampled.X, sampled.Z);                                                                  // [W,N,C,h,w]
        Tensors["v_old"] = sampled.V + Draw("moved", steps * Groups * size).reshape(sampled.V.shape) * 1e-3;                    // [W,N,C,h,w]

        // Exemplars: real latents at K noise levels.
        var real = Draw("real", Groups).repeat_interleave(levels, 0);                                                           // [K,C,h,w]
        var noise = Draw("exemplar", Groups * levels);                                                                          // [K,C,h,w]
        var sigma = linspace(Spec.Exemplars.MinSigma, Spec.Exemplars.MaxSigma, Groups * levels, ScalarType.Float32);            // [K]
        var s = sigma.reshape(-1, 1, 1, 1);
        var exemplarPrompts = prompts.Repeat(levels);
        Tensors["exemplar_x"] = (1 - s) * real + s * noise;                                                                     // [K,C,h,w]
        Tensors["exemplar_sigma"] = sigma;
        Tensors["exemplar_target"] = noise - real;                                                                              // [K,C,h,w]
        Tensors["exemplar_context"] = exemplarPrompts.Context;                                                                  // [K,L,D]
        Tensors["exemplar_pooled"] = exemplarPrompts.Pooled;                                                                    // [K,P]
        Tensors["exemplar_old"] = (Tensors["exemplar_target"] - policy.Velocity(Tensors["exemplar_x"], sigma, exemplarPrompts)).square().flatten(1).mean([1]) + 1e-3; // [K]
        Tensors["exemplar_advantage"] = ones(Groups * levels);                                                                  // [K]

        // Flow matching on a batch as large as the slice.
        Tensors["batch_x"] = sampled.X[0];                                                                                      // [N,C,h,w]
        Tensors["batch_sigma"] = linspace(0.05, 0.95, Groups * size, ScalarType.Float32);                                       // [N]
        Tensors["batch_target"] = Draw("batch", Groups * size);                                                                 // [N,C,h,w]
    }
}

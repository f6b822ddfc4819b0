using PortraitGen.Benchmarks.Measuring;
using PortraitGen.Domain.Maths;
using PortraitGen.Gpu.Grpo;
using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Models.Sd3;
using PortraitGen.Gpu.Sampling;
using PortraitGen.Gpu.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Benchmarks.Steps;

/// <summary>The steps as the product computes them, from the parts that its shards use.</summary>
internal sealed class EngineSteps : IStepContender
{
    private readonly StepInputs _in;
    private readonly Policy _policy;
    private readonly Sd3Transformer _whole;
    private readonly AdamW _adapters, _all;
    private readonly Conditioning _prompts, _each, _eight, _exemplar;

    public EngineSteps(StepInputs inputs, string model)
    {
        _in = inputs;
        _policy = new(inputs.Pipeline.Transformer, inputs.Adapter);
        _adapters = new(inputs.Adapter.Trainables, weightDecay: inputs.Spec.Optimizer.WeightDecay);
        _whole = (Sd3Transformer)DiffusersFolder.Open(model).LoadTransformer();
        _whole.Weights.RequireGrad(true);
        _all = new(_whole.Weights.Parameters, weightDecay: inputs.Spec.Optimizer.WeightDecay);
        (_prompts, _each) = (new(In("context"), In("pooled")), new(In("each_context"), In("each_pooled")));
        (_eight, _exemplar) = (new(In("eight_context"), In("eight_pooled")), new(In("exemplar_context"), In("exemplar_pooled")));
    }

    public string Name => "C#";

    public Cost Run(StepKind kind) => Cost.Of(() =>
    {
        using var scope = NewDisposeScope();
        switch (kind)
        {
            case StepKind.Forward: Forward(); break;
            case StepKind.Sample: Sample(); break;
            case StepKind.Train: TrainGradient(); _all.Step(_in.Spec.Optimizer.LearningRate, _in.Spec.Optimizer.MaxGradientNorm); break;
            default: SliceGradient(kind); _adapters.Step(_in.Spec.Optimizer.LearningRate, _in.Spec.Optimizer.MaxGradientNorm); break;
        }
    });

    public float[] Output(StepKind kind)
    {
        using var scope = NewDisposeScope();
        switch (kind)
        {
            case StepKind.Forward: return Numbers([Forward()]);
            case StepKind.Sample: return Numbers([Sample()]);
            case StepKind.Train: TrainGradient(); return Take(StepInputs.Weights(_whole).Where(w => w.requires_grad));
            default: SliceGradient(kind); return Take(_in.Adapters());
        }
    }

    public float[] Adapters() => Numbers(_in.Adapters());

    /// <summary>Tensors one after the other, as fp32.</summary>
    public static float[] Numbers(IEnumerable<Tensor> tensors)
    {
        using var scope = NewDisposeScope();
        return [.. tensors.SelectMany(t => t.detach().to(ScalarType.Float32).contiguous().data<float>().ToArray())];
    }

    public void Dispose()
    {
        _all.Dispose();
        _adapters.Dispose();
        _whole.Dispose();
    }

    private Tensor In(string name) => _in.Tensors[name];

    private Tensor Forward()
    {
        using var off = no_grad();
        return _policy.Velocity(In("batch_x"), In("batch_sigma"), _each);                                                       // [N,C,h,w]
    }

    private Tensor Sample()
    {
        using var off = no_grad();
        var latents = OdeSampler.Run(_policy, In("eight_start"), _eight, _in.Grid, 0, _in.Grid.Length - 1, CancellationToken.None); // [8,C,h,w]
        return _in.Pipeline.DecodeToBytes(latents, new() { ImagesPerShard = StepInputs.Images });                                                          // [8,3,H,W]
    }

    private void TrainGradient()
    {
        using var scope = NewDisposeScope();
        var v = _whole.Forward(In("batch_x"), In("batch_sigma") * 1000, _each.Context, _each.Pooled);                           // [N,C,h,w]
        (In("batch_target") - v).square().flatten(1).mean([1]).mean().backward();
    }

    private void SliceGradient(StepKind kind)
    {
        var (x, v, z, old) = (In("x"), In("v_old"), In("z"), In("exemplar_old"));
        if (kind is StepKind.Grpo) (x, v, z, old) = Rollout();
        for (int w = 0; w < _in.Kernel.Length; w++)
        {
            using var scope = NewDisposeScope();
            var now = _policy.Velocity(x[w], _in.Grid[StepInputs.WindowStart + w], _each);                                      // [N,C,h,w]
            var ratio = KernelOps.LogRatio(_in.Kernel[w], z[w], v[w], now);                                                     // [N]
            (Surrogate.Loss(ratio, In("advantage"), _in.PolicyClip) / (x.shape[1] * _in.Kernel.Length)).backward();
        }
        using var last = NewDisposeScope();
        var loss = ExemplarLoss();                                                                                              // [K]
        (Surrogate.Loss(FreshTransitions.LogRatio(loss, old), In("exemplar_advantage"), _in.ExemplarClip) / loss.numel()).backward();
    }

    private (Tensor X, Tensor V, Tensor Z, Tensor Old) Rollout()
    {
        using var off = no_grad();
        var sampled = GroupSampler.Run(_policy, In("start"), w => In("noise")[w], _prompts, _in.Spec.Group.Size, _in.Spec.Sampler, SigmaGrid.Uniform(_in.Spec.Sampler.Steps, _in.Spec.Sampler.Shift), StepInputs.WindowStart, CancellationToken.None);
        return (sampled.X, sampled.V, sampled.Z, ExemplarLoss());
    }

    private Tensor ExemplarLoss() => (In("exemplar_target") - _policy.Velocity(In("exemplar_x"), In("exemplar_sigma"), _exemplar)).square().flatten(1).mean([1]); // [K]

    private static float[] Take(IEnumerable<Tensor> parameters)
    {
        Tensor[] all = [.. parameters];
        var gradients = Numbers(all.Select(p => p.grad!));
        foreach (var parameter in all) parameter.grad = null;
        return gradients;
    }
}

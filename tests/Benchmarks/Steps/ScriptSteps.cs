using PortraitGen.Benchmarks.Measuring;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Benchmarks.Steps;

/// <summary>The same steps as TorchScript, compiled and run inside the same libtorch: without the binding, except for one call per piece.</summary>
internal sealed class ScriptSteps : IStepContender
{
    private readonly StepInputs _in;
    private readonly jit.CompilationUnit _graph;
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Tensor[] _w, _lora, _vae, _loraM, _loraV, _whole, _trained, _m, _v;
    private readonly Tensor[] _none = [];
    private int _steps, _wholeSteps;

    public ScriptSteps(StepInputs inputs, string graph)
    {
        _in = inputs;
        _graph = jit.compile(inputs.Constants() + graph);
        using var off = no_grad();
        Tensor[] Copy(IEnumerable<Tensor> of, bool train) => [.. of.Select(t => t.detach().clone().requires_grad_(train))];
        (_w, _vae, _lora) = (Copy(StepInputs.Weights(inputs.Pipeline.Transformer), false), Copy(inputs.Decoder(), false), Copy(inputs.Adapters(), true));
        _whole = Copy(StepInputs.Weights(inputs.Pipeline.Transformer), true);
        _whole[2].requires_grad = false; // position codes
        _trained = [.. _whole.Where(t => t.requires_grad)];
        Tensor[] Zeros(Tensor[] like) => [.. like.Select(t => zeros_like(t, requires_grad: false))];
        (_loraM, _loraV, _m, _v) = (Zeros(_lora), Zeros(_lora), Zeros(_trained), Zeros(_trained));
    }

    public string Name => "TorchScript in our libtorch";

    public Cost Run(StepKind kind) => Cost.Of(() =>
    {
        using var scope = NewDisposeScope();
        switch (kind)
        {
            case StepKind.Forward: Forward(); break;
            case StepKind.Sample: Sample(); break;
            case StepKind.Train: Update(_trained, TrainGradient(), _m, _v, ++_wholeSteps); break;
            default: Update(_lora, SliceGradient(kind), _loraM, _loraV, ++_steps); break;
        }
    });

    public float[] Output(StepKind kind)
    {
        using var scope = NewDisposeScope();
        return EngineSteps.Numbers(kind switch
        {
            StepKind.Forward => [Forward()],
            StepKind.Sample => [Sample()],
            StepKind.Train => TrainGradient(),
            _ => SliceGradient(kind),
        });
    }

    public float[] Adapters() => EngineSteps.Numbers(_lora);

    public void Dispose()
    {
        _scope.Dispose();
        _graph.Dispose();
    }

    private Tensor In(string name) => _in.Tensors[name];

    private Tensor Forward()
    {
        using var off = no_grad();
        return _graph.invoke<Tensor>("forward", _w, _lora, In("batch_x"), In("batch_sigma"), In("each_context"), In("each_pooled"));
    }

    private Tensor Sample()
    {
        using var off = no_grad();
        return _graph.invoke<Tensor>("images", _w, _lora, _vae, In("eight_start"), In("eight_context"), In("eight_pooled"));
    }

    private Tensor[] TrainGradient() =>
        _graph.invoke<Tensor[]>("train_gradients", _whole, _trained, In("batch_x"), In("batch_sigma"), In("batch_target"), In("each_context"), In("each_pooled"));

    private Tensor[] SliceGradient(StepKind kind)
    {
        var (x, v, z, old) = (In("x"), In("v_old"), In("z"), In("exemplar_old"));
        if (kind is StepKind.Grpo)
        {
            using var off = no_grad();
            var sampled = _graph.invoke<Tensor[]>("rollout", _w, _lora, In("start"), In("noise"), In("context"), In("pooled"), _in.Spec.Group.Size);
            (x, v, z) = (sampled[0], sampled[1], sampled[2]);
            old = _graph.invoke<Tensor>("matching_loss", _w, _lora, In("exemplar_x"), In("exemplar_sigma"), In("exemplar_target"), In("exemplar_context"), In("exemplar_pooled"));
        }
        return _graph.invoke<Tensor[]>("slice_gradients", _w, _lora, x, v, z, In("each_context"), In("each_pooled"), In("advantage"), In("exemplar_x"), In("exemplar_sigma"),
            In("exemplar_target"), In("exemplar_context"), In("exemplar_pooled"), old, In("exemplar_advantage"));
    }

    private void Update(Tensor[] weights, Tensor[] gradients, Tensor[] m, Tensor[] v, int step)
    {
        using var off = no_grad();
        var o = _in.Spec.Optimizer;
        _graph.invoke("adamw", weights, gradients, m, v, step, o.LearningRate, o.WeightDecay, o.MaxGradientNorm);
    }
}

using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Linear = PortraitGen.Gpu.Models.Layers.Linear;

namespace PortraitGen.Gpu.Models.Lora;

/// <summary>
/// The adapters of one model: made, attached, trained, saved and merged together. Names are those of PEFT in diffusers
/// (<c>transformer.transformer_blocks.0.attn.to_q.lora_A.weight</c>). Adapters are fp32 whatever the base is.
/// </summary>
public sealed class LoraSet : IDisposable
{
    private const string Prefix = "transformer.", SuffixA = ".lora_A.weight", SuffixB = ".lora_B.weight";
    private readonly List<(Linear Linear, LoraAdapter Adapter)> _adapters = [];
    private readonly List<(string Name, Parameter Value)> _trainables = [];
    private bool _enabled = true;

    private LoraSet() { }

    /// <summary>What an optimiser trains, in ordinal order of the names.</summary>
    public IReadOnlyList<(string Name, Parameter Value)> Trainables => _trainables;

    /// <summary>Number of trainable numbers.</summary>
    public long Count => _trainables.Sum(tensor => tensor.Value.numel());

    /// <summary>Off: the model is the base again, which serves as the reference policy.</summary>
    public bool Enabled
    {
        get => _enabled;
        set
        {
            _enabled = value;
            foreach (var (_, adapter) in _adapters) adapter.Enabled = value;
        }
    }

    /// <summary>Attaches fresh adapters: A from N(0, 1/rank^2), B zero, so that the model does not change.</summary>
    /// <param name="linears">A model's linear layers by path.</param>
    /// <param name="options">Rank, alpha, targets.</param>
    /// <param name="normal">Standard normal noise, fp32 on the CPU, by tensor name and shape.</param>
    /// <exception cref="WeightsException">No layer matches, or one has an adapter already.</exception>
    public static LoraSet Attach(IReadOnlyDictionary<string, Linear> linears, LoraOptions options, Func<string, long[], Tensor> normal)
    {
        if (options.Rank < 1) throw new WeightsException($"LoRA rank is {options.Rank}; it must be at least 1.");
        var set = new LoraSet();
        foreach (string path in linears.Keys.Where(path => LoraTargets.Match(path, options.Targets)).Order(StringComparer.Ordinal))
        {
            var linear = linears[path];
            long[] shapeA = [options.Rank, linear.Inputs], shapeB = [linear.Outputs, options.Rank];
            using var scope = NewDisposeScope();
            set.Add(linear, normal(Prefix + path + SuffixA, shapeA) / options.Rank, zeros(shapeB, ScalarType.Float32), options.Alpha);
        }

        return set._adapters.Count > 0
            ? set.Sort()
            : throw new WeightsException($"LoRA targets {string.Join(", ", options.Targets)} match no linear layer of the model.");
    }

    /// <summary>Attaches saved adapters; rank, alpha and targets are those of the file.</summary>
    /// <param name="linears">A model's linear layers by path.</param>
    /// <param name="state">Tensors by their PEFT names.</param>
    /// <param name="metadata">The file's header text, which may carry alpha; without it alpha is the rank.</param>
    /// <exception cref="WeightsException">The state belongs to another base; nothing is attached.</exception>
    public static LoraSet Attach(IReadOnlyDictionary<string, Linear> linears, IReadOnlyDictionary<string, Tensor> state, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var layers = LoraFile.Parse(state, metadata ?? new Dictionary<string, string>());
        LoraFile.RequireFit(layers, linears);
        var set = new LoraSet();
        foreach (var (path, (a, b, alpha)) in layers)
        {
            using var scope = NewDisposeScope();
            set.Add(linears[path], a.detach().clone(), b.detach().clone(), alpha);
        }

        return set.Sort();
    }

    /// <summary>The tensors by name, still owned by this set; for SafetensorsWriter.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> State() => [.. _trainables.Select(tensor => (tensor.Name, (Tensor)tensor.Value))];

    /// <summary>Header text that tells diffusers the alpha, which tensor names do not carry.</summary>
    public IReadOnlyDictionary<string, string> FileMetadata() =>
        LoraFile.Metadata([.. _adapters.Select(pair => (pair.Linear.Path, pair.Adapter.A.shape[0], pair.Adapter.Alpha))]);

    /// <summary>Overwrites all adapters in place; nothing is changed when names or shapes disagree.</summary>
    /// <exception cref="WeightsException">Names or shapes disagree.</exception>
    public void Load(IReadOnlyDictionary<string, Tensor> state)
    {
        NamedTensors.Check("LoRA state", State(), state);
        using var quiet = no_grad();
        foreach (var (name, value) in _trainables) value.copy_(state[name]);
    }

    /// <summary>Adds the adapters to the base's own matrices, one at a time, and takes them off: the model is then a plain one that says the same.</summary>
    public void MergeIntoBase()
    {
        using var quiet = no_grad();
        foreach (var (linear, adapter) in _adapters)
        {
            using var scope = NewDisposeScope();
            linear.Weight.copy_(linear.Weight.to(ScalarType.Float32) + adapter.Delta());
        }

        Detach();
    }

    /// <summary>Takes all adapters off the model. They are kept until disposal.</summary>
    public void Detach()
    {
        foreach (var (linear, adapter) in _adapters)
            if (linear.Adapter == adapter) linear.Adapter = null;
    }

    public void Dispose()
    {
        Detach();
        foreach (var (_, value) in _trainables) value.Dispose();
        _trainables.Clear();
        _adapters.Clear();
    }

    private void Add(Linear linear, Tensor a, Tensor b, double alpha)
    {
        if (linear.Adapter is not null)
        {
            Dispose();
            throw new WeightsException($"Layer '{linear.Path}' has an adapter already; detach it first.");
        }

        var adapter = new LoraAdapter(Trainable(a), Trainable(b), alpha);
        linear.Adapter = adapter;
        _adapters.Add((linear, adapter));
        _trainables.Add((Prefix + linear.Path + SuffixA, adapter.A));
        _trainables.Add((Prefix + linear.Path + SuffixB, adapter.B));

        Parameter Trainable(Tensor value)
        {
            var parameter = new Parameter(value.to(ScalarType.Float32, linear.Weight.device).contiguous(), true);
            parameter.DetachFromDisposeScope();
            return parameter;
        }
    }

    private LoraSet Sort()
    {
        _trainables.Sort((x, y) => string.CompareOrdinal(x.Name, y.Name));
        return this;
    }
}

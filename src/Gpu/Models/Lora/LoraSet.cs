using System.Text.Json.Nodes;
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

    private LoraSet(double alpha) => Alpha = alpha;

    public double Alpha { get; }

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
        var set = new LoraSet(options.Alpha);
        foreach (string path in linears.Keys.Where(path => LoraTargets.Match(path, options.Targets)).Order(StringComparer.Ordinal))
        {
            var linear = linears[path];
            long[] shapeA = [options.Rank, linear.Inputs], shapeB = [linear.Outputs, options.Rank];
            using var scope = NewDisposeScope();
            set.Add(linear, normal(Prefix + path + SuffixA, shapeA) / options.Rank, zeros(shapeB, ScalarType.Float32), options.Rank);
        }

        return set._adapters.Count > 0
            ? set.Sort()
            : throw new WeightsException($"LoRA targets {string.Join(", ", options.Targets)} match no linear layer of the model.");
    }

    /// <summary>Attaches saved adapters; rank and targets are those of the state.</summary>
    /// <param name="linears">A model's linear layers by path.</param>
    /// <param name="state">Tensors by their PEFT names.</param>
    /// <param name="alpha">As it was in training; the rank by default.</param>
    /// <exception cref="WeightsException">The state belongs to another base; nothing is attached.</exception>
    public static LoraSet Attach(IReadOnlyDictionary<string, Linear> linears, IReadOnlyDictionary<string, Tensor> state, double? alpha = null)
    {
        var paths = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (string name in state.Keys.Order(StringComparer.Ordinal))
        {
            string? path = PathOf(name);
            if (path is null || !linears.TryGetValue(path, out var linear))
                throw new WeightsException($"LoRA tensor '{name}' belongs to no layer of this model; it was made for another base.");
            if (!state.TryGetValue(Prefix + path + SuffixA, out var a) || !state.TryGetValue(Prefix + path + SuffixB, out var b))
                throw new WeightsException($"LoRA layer '{path}' needs both lora_A and lora_B.");
            if (a.ndim != 2 || b.ndim != 2 || a.shape[0] != b.shape[1] || a.shape[1] != linear.Inputs || b.shape[0] != linear.Outputs)
                throw new WeightsException($"LoRA layer '{path}' has A [{string.Join(", ", a.shape)}] and B [{string.Join(", ", b.shape)}], "
                    + $"but the layer is {linear.Inputs} -> {linear.Outputs}; it was made for another base.");
            paths[path] = a.shape[0];
        }

        if (paths.Count == 0) throw new WeightsException("The LoRA file holds no adapter.");
        var set = new LoraSet(alpha ?? paths.Values.First());
        foreach (var (path, rank) in paths)
        {
            using var scope = NewDisposeScope();
            set.Add(linears[path], state[Prefix + path + SuffixA].detach().clone(), state[Prefix + path + SuffixB].detach().clone(), rank);
        }

        return set.Sort();
    }

    /// <summary>The tensors by name, still owned by this set; for SafetensorsWriter.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> State() => [.. _trainables.Select(tensor => (tensor.Name, (Tensor)tensor.Value))];

    /// <summary>Header text that tells diffusers the alpha, which tensor names do not carry.</summary>
    public IReadOnlyDictionary<string, string> FileMetadata() => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["format"] = "pt",
        ["lora_adapter_metadata"] = new JsonObject
        {
            ["transformer.lora_alpha"] = Alpha,
            ["transformer.r"] = _adapters[0].Adapter.A.shape[0],
            ["transformer.target_modules"] = new JsonArray([.. _adapters.Select(adapter => (JsonNode)adapter.Linear.Path)]),
        }.ToJsonString(),
    };

    /// <summary>The alpha that <see cref="FileMetadata"/> wrote, if it did.</summary>
    public static double? AlphaOf(IReadOnlyDictionary<string, string> metadata) =>
        metadata.TryGetValue("lora_adapter_metadata", out string? text)
        && ConfigJson.Parse(text, "lora_adapter_metadata").Number("transformer.lora_alpha", double.NaN, 0, 1e6) is var alpha && double.IsFinite(alpha)
            ? alpha
            : null;

    /// <summary>Overwrites all adapters in place; nothing is changed when names or shapes disagree.</summary>
    /// <exception cref="WeightsException">Names or shapes disagree.</exception>
    public void Load(IReadOnlyDictionary<string, Tensor> state)
    {
        NamedTensors.Check("LoRA state", State(), state);
        using var quiet = no_grad();
        foreach (var (name, value) in _trainables) value.copy_(state[name]);
    }

    /// <summary>The base's whole state with the adapters added to its matrices. The base stays as it is.</summary>
    /// <returns>New tensors, owned by the caller.</returns>
    public Dictionary<string, Tensor> Merged(Weights weights)
    {
        using var quiet = no_grad();
        var added = _adapters.ToDictionary(pair => pair.Linear.Path + ".weight", pair => pair.Adapter, StringComparer.Ordinal);
        var merged = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var (name, value) in weights.State())
        {
            using var scope = NewDisposeScope();
            var sum = added.TryGetValue(name, out var adapter)
                ? (value.to(ScalarType.Float32) + adapter.Delta().to(value.device)).to(value.dtype)
                : value.clone();
            merged.Add(name, sum.detach().MoveToOuterDisposeScope());
        }

        return merged;
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

    private void Add(Linear linear, Tensor a, Tensor b, long rank)
    {
        if (linear.Adapter is not null)
        {
            Dispose();
            throw new WeightsException($"Layer '{linear.Path}' has an adapter already; detach it first.");
        }

        var adapter = new LoraAdapter(Trainable(a), Trainable(b), Alpha / rank);
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

    private static string? PathOf(string name)
    {
        string? suffix = name.EndsWith(SuffixA, StringComparison.Ordinal) ? SuffixA : name.EndsWith(SuffixB, StringComparison.Ordinal) ? SuffixB : null;
        return suffix is not null && name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..^suffix.Length] : null;
    }
}

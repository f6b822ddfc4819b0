using PortraitGen.Gpu.Models.Layers;
using PortraitGen.Gpu.Tensors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Linear = PortraitGen.Gpu.Models.Layers.Linear;

namespace PortraitGen.Gpu.Models;

/// <summary>Gives the tensor of a name, or null when there is none. The receiver owns what it gets.</summary>
public delegate Tensor? WeightSource(string name, long[] shape);

/// <summary>
/// The named tensors of one model. The model claims each by its diffusers name while it is built, then closes the book: every name
/// is claimed, none is left over, all shapes agree, or nothing is loaded. The model owns its weights and disposes them.
/// </summary>
public sealed class Weights : IDisposable
{
    private readonly WeightSource _source;
    private readonly IReadOnlyCollection<string>? _available;
    private readonly string _label;
    private readonly Dictionary<string, Tensor> _tensors = new(StringComparer.Ordinal);
    private readonly List<(string Name, Parameter Value)> _parameters = [];
    private readonly List<string> _names = [];
    private readonly Dictionary<string, Linear> _linears = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ignored = new(StringComparer.Ordinal);
    private readonly List<string> _missing = [], _misshapen = [];

    /// <summary>Weights from a source that makes them, for example one of the Init classes.</summary>
    /// <param name="source">Called once per tensor, in claim order.</param>
    /// <param name="device">Where they live; the CPU by default.</param>
    /// <param name="dtype">Element type; the source's own by default.</param>
    public Weights(WeightSource source, Device? device = null, ScalarType? dtype = null) : this(source, null, "fresh weights", device, dtype) { }

    private Weights(WeightSource source, IReadOnlyCollection<string>? available, string label, Device? device, ScalarType? dtype) =>
        (_source, _available, _label, Device, Dtype) = (source, available, label, device ?? CPU, dtype);

    /// <summary>Names and shapes alone: tensors of the meta device, which have no memory.</summary>
    /// <param name="label">The component, for messages.</param>
    /// <param name="available">Names and shapes that files hold, or nothing to take whatever the model asks for. A null shape is taken as right.</param>
    internal static Weights Shapes(string label, IReadOnlyDictionary<string, long[]?>? available = null) =>
        new((name, wanted) => available is null ? Blank(wanted) : available.TryGetValue(name, out long[]? found) ? Blank(found ?? wanted) : null,
            available is null ? null : [.. available.Keys], label, META, null);

    private static Tensor Blank(long[] shape) => empty(shape, ScalarType.Float32, META);

    public Device Device { get; }

    /// <summary>The element type asked for; null keeps the source's.</summary>
    public ScalarType? Dtype { get; }

    /// <summary>All names in claim order.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>What an optimiser may train, in claim order; buffers are left out.</summary>
    public IReadOnlyList<(string Name, Parameter Value)> Parameters => _parameters;

    /// <summary>Every linear layer by its module path: where adapters attach.</summary>
    public IReadOnlyDictionary<string, Linear> Linears => _linears;

    /// <summary>Number of trainable numbers.</summary>
    public long Count => _parameters.Sum(parameter => parameter.Value.numel());

    public Tensor this[string name] => _tensors[name];

    /// <summary>Copies from a dictionary, which stays the caller's.</summary>
    public static Weights From(
        IReadOnlyDictionary<string, Tensor> tensors, string label = "memory", Device? device = null, ScalarType? dtype = null) =>
        new((name, _) => tensors.TryGetValue(name, out var found) ? found.detach().clone() : null, [.. tensors.Keys], label, device, dtype);

    /// <summary>Reads from an open file, one tensor at a time; the file must stay open until the model is built.</summary>
    public static Weights From(SafetensorsFile file, Device? device = null, ScalarType? dtype = null) =>
        new((name, _) => file.Entries.ContainsKey(name) ? file.Read(name) : null, [.. file.Entries.Keys], file.Label, device, dtype);

    /// <summary>Reads from several files (shards), whose names do not meet.</summary>
    /// <exception cref="WeightsException">A tensor is in two shards.</exception>
    public static Weights From(IReadOnlyList<SafetensorsFile> shards, string label, Device? device = null, ScalarType? dtype = null)
    {
        var home = new Dictionary<string, SafetensorsFile>(StringComparer.Ordinal);
        foreach (var shard in shards)
            foreach (string name in shard.Entries.Keys)
                if (!home.TryAdd(name, shard)) throw new WeightsException($"{label}: tensor '{name}' is in {home[name].Label} and in {shard.Label}.");
        return new((name, _) => home.TryGetValue(name, out var file) ? file.Read(name) : null, home.Keys, label, device, dtype);
    }

    /// <summary>Trainable or frozen, all at once. Frozen after loading.</summary>
    public void RequireGrad(bool on)
    {
        foreach (var (_, value) in _parameters) value.requires_grad = on;
    }

    /// <summary>All tensors, buffers too, in claim order; still owned by the model.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> State() => [.. _names.Select(name => (name, _tensors[name]))];

    /// <summary>Overwrites every tensor in place; nothing is changed when names or shapes disagree.</summary>
    /// <exception cref="WeightsException">Names or shapes disagree.</exception>
    public void CopyFrom(IReadOnlyDictionary<string, Tensor> state)
    {
        NamedTensors.Check("state", State(), state);
        using var quiet = no_grad();
        foreach (string name in _names) _tensors[name].copy_(state[name]);
    }

    public void Dispose()
    {
        foreach (var tensor in _tensors.Values) tensor.Dispose();
        _tensors.Clear();
        _parameters.Clear();
    }

    internal Parameter Claim(string name, params long[] shape)
    {
        using var scope = NewDisposeScope();
        var parameter = new Parameter(Take(name, shape), false);
        parameter.DetachFromDisposeScope();
        Keep(name, parameter);
        _parameters.Add((name, parameter));
        return parameter;
    }

    internal Tensor ClaimBuffer(string name, params long[] shape)
    {
        using var scope = NewDisposeScope();
        var buffer = Take(name, shape).DetachFromDisposeScope();
        Keep(name, buffer);
        return buffer;
    }

    internal Linear Linear(string path, long inputs, long outputs, bool bias = true)
    {
        var linear = new Linear(path, Claim(path + ".weight", outputs, inputs), bias ? Claim(path + ".bias", outputs) : null);
        _linears.Add(path, linear);
        return linear;
    }

    /// <summary>A tensor that files may carry and the model does not need.</summary>
    internal void Ignore(string name) => _ignored.Add(name);

    /// <summary>Called by a model once it claimed all it needs.</summary>
    /// <param name="model">The architecture's name for the message.</param>
    internal void Close(string model)
    {
        var extra = (_available ?? []).Where(name => !_tensors.ContainsKey(name) && !_ignored.Contains(name)).Order(StringComparer.Ordinal).ToList();
        if (_missing.Count + _misshapen.Count + extra.Count == 0) return;
        string faults = string.Join("; ", new[] { Fault("missing", _missing), Fault("misshapen", _misshapen), Fault("extra", extra) }.Where(f => f.Length > 0));
        Dispose();
        throw new WeightsException($"{_label} does not fit {model}: {faults}.");
    }

    private Tensor Take(string name, long[] shape)
    {
        var found = _source(name, shape);
        if (found is not null && found.shape.SequenceEqual(shape)) return found.detach().to(Dtype ?? found.dtype, Device).contiguous();
        if (found is null) _missing.Add(name);
        else _misshapen.Add($"{name} is [{string.Join(", ", found.shape)}], must be [{string.Join(", ", shape)}]");
        return zeros(1, device: Device).expand(shape);
    }

    private void Keep(string name, Tensor tensor)
    {
        _tensors.Add(name, tensor);
        _names.Add(name);
    }

    private static string Fault(string kind, List<string> names) => NamedTensors.List(kind, names);
}

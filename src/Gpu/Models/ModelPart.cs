using PortraitGen.Gpu.Models.Clip;
using PortraitGen.Gpu.Models.Flux;
using PortraitGen.Gpu.Models.Sd3;
using PortraitGen.Gpu.Models.T5;
using PortraitGen.Gpu.Models.Vae;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models;

/// <summary>A component of a model folder that has weights: its class, its files, and how a model is made of them.</summary>
internal sealed class ModelPart
{
    private const string Diffusion = "diffusion_pytorch_model", Text = "model";
    private static readonly Dictionary<string, (string WeightsName, Func<string, string, Func<Weights, IDisposable>> Make)> Known = new(StringComparer.Ordinal)
    {
        [Sd3Config.ClassName] = (Diffusion, Of(Sd3Config.Parse, (config, weights) => new Sd3Transformer(config, weights))),
        [FluxConfig.ClassName] = (Diffusion, Of(FluxConfig.Parse, (config, weights) => new FluxTransformer(config, weights))),
        [VaeConfig.ClassName] = (Diffusion, Of(VaeConfig.Parse, (config, weights) => new AutoencoderKL(config, weights))),
        [ClipTextConfig.Projecting] = (Text, Of(ClipTextConfig.Parse, (config, weights) => new ClipTextEncoder(config, weights))),
        [ClipTextConfig.Plain] = (Text, Of(ClipTextConfig.Parse, (config, weights) => new ClipTextEncoder(config, weights))),
        [T5Config.ClassName] = (Text, Of(T5Config.Parse, (config, weights) => new T5Encoder(config, weights))),
    };

    /// <summary>The classes that are known here, for messages.</summary>
    public static string Classes { get; } = string.Join(", ", Known.Keys);

    private readonly Func<Weights, IDisposable> _make;

    private ModelPart(string component, string className, ComponentFiles files, Func<Weights, IDisposable> make) =>
        (Component, ClassName, Files, _make) = (component, className, files, make);

    public string Component { get; }

    public string ClassName { get; }

    public ComponentFiles Files { get; }

    /// <summary>Reads the component's config; no weights yet. None when the class is unknown here.</summary>
    /// <exception cref="ModelConfigException">The config is missing or wrong.</exception>
    public static ModelPart? Open(string root, string component, string className)
    {
        if (!Known.TryGetValue(className, out var known)) return null;
        var files = new ComponentFiles(root, component, known.WeightsName);
        return new ModelPart(component, className, files, known.Make(files.Text("config.json"), files.Label("config.json")));
    }

    /// <summary>Builds the model of its weight files.</summary>
    /// <exception cref="WeightsException">Tensors do not fit; each is named.</exception>
    public IDisposable Load(Device? device, ScalarType? dtype) => Files.Build(device, dtype, _make);

    /// <summary>Every name with its shape, in claim order; nothing is allocated.</summary>
    public IReadOnlyList<(string Name, long[] Shape)> Shapes()
    {
        using var scope = NewDisposeScope();
        var weights = Weights.Shapes(Component);
        using var model = _make(weights);
        return [.. weights.State().Select(tensor => (tensor.Name, tensor.Value.shape))];
    }

    /// <summary>Holds what the files state (an index, or headers) against the model: every name claimed, none left over, all shapes right. Reads and allocates no tensor.</summary>
    /// <returns>Whether there was anything to hold against it.</returns>
    /// <exception cref="WeightsException">They disagree; each tensor is named.</exception>
    public bool Check()
    {
        if (Files.Stated() is not { } stated) return false;
        using var scope = NewDisposeScope();
        _make(Weights.Shapes(Component, stated)).Dispose();
        return true;
    }

    private static Func<string, string, Func<Weights, IDisposable>> Of<T>(Func<string, string, T> parse, Func<T, Weights, IDisposable> build) =>
        (json, label) =>
        {
            var config = parse(json, label);
            return weights => build(config, weights);
        };
}

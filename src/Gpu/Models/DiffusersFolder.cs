using System.Text.Json;
using System.Text.Json.Nodes;
using PortraitGen.Gpu.Models.Clip;
using PortraitGen.Gpu.Models.Flux;
using PortraitGen.Gpu.Models.Sd3;
using PortraitGen.Gpu.Models.T5;
using PortraitGen.Gpu.Models.Vae;
using PortraitGen.Gpu.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Models;

/// <summary>
/// A model in the folder layout of diffusers: model_index.json, and a folder per component. A local folder: models in an object store
/// are fetched to one first.
/// </summary>
public sealed class DiffusersFolder
{
    internal const string Index = "model_index.json", Sd3Class = "StableDiffusion3Pipeline", FluxClass = "FluxPipeline";
    /// <summary>Ours; names that begin so are skipped by diffusers. Without it, as many as diffusers' pipelines have by default.</summary>
    internal const string T5TokensKey = "_t5_tokens";
    private const string TransformerLabel = "transformer/config.json";
    private readonly string _root;
    private readonly JsonObject _index;

    private DiffusersFolder(string root, JsonObject index) => (_root, _index) = (root, index);

    /// <summary>The pipeline class that model_index.json names.</summary>
    public string PipelineClass => _index["_class_name"] is JsonValue value && value.TryGetValue(out string? name) ? name : "";

    /// <summary>Opens a folder; no weights are read yet.</summary>
    /// <exception cref="ModelConfigException">No folder, or no valid model_index.json.</exception>
    public static DiffusersFolder Open(string path)
    {
        string file = Path.Combine(path, Index);
        if (!File.Exists(file)) throw new ModelConfigException($"{Path.GetFileName(Path.TrimEndingDirectorySeparator(path))}: holds no {Index}; a diffusers model folder is needed.");
        try
        {
            return new DiffusersFolder(path, JsonNode.Parse(File.ReadAllText(file)) as JsonObject ?? throw new ModelConfigException($"{Index}: must hold a JSON object."));
        }
        catch (JsonException error)
        {
            throw new ModelConfigException($"{Index}: is no valid JSON: {error.Message}", error);
        }
    }

    /// <summary>Loads the model, whatever its architecture. When a part fails, all are given back.</summary>
    /// <param name="device">The CPU by default.</param>
    /// <param name="dtype">Of transformer and text encoders; each file's own by default, and always of the autoencoder, which is small and makes what rewards see.</param>
    /// <exception cref="ModelConfigException">Another architecture, or a missing or wrong file.</exception>
    /// <exception cref="WeightsException">Tensors do not fit; each is named.</exception>
    /// <exception cref="SafetensorsException">A weight file is truncated or forged.</exception>
    public ITextToImagePipeline Load(Device? device = null, ScalarType? dtype = null) => Whole<ITextToImagePipeline>(device, dtype, part => PipelineClass switch
    {
        Sd3Class => Sd3(part),
        FluxClass => Flux(part),
        _ => throw UnknownPipeline(),
    });

    /// <summary>The model without its text encoders.</summary>
    /// <inheritdoc cref="Load"/>
    public ITextToImagePipeline LoadWithoutText(Device? device = null, ScalarType? dtype = null) => Whole<ITextToImagePipeline>(device, dtype, part =>
    {
        if (PipelineClass is not (Sd3Class or FluxClass)) throw UnknownPipeline();
        var vae = As<AutoencoderKL>("vae", part("vae"));
        var transformer = As<ILatentTransformer>("transformer", part("transformer"));
        if (transformer is FluxTransformer flux) FluxPipeline.RequireFit(vae, flux.Config);
        return new UnpromptedPipeline(transformer, vae, LoadSchedule(), TransformerShape([], 1).Latent);
    });

    /// <summary>The text encoders alone.</summary>
    /// <inheritdoc cref="Load"/>
    public IPromptEncoder LoadText(Device? device = null, ScalarType? dtype = null) => Whole<IPromptEncoder>(device, dtype, part => PipelineClass switch
    {
        Sd3Class => Sd3Text(part),
        FluxClass => FluxText(part),
        _ => throw UnknownPipeline(),
    });

    /// <summary>What <paramref name="make"/> makes of the parts that it asks for; when one fails, all are given back.</summary>
    private T Whole<T>(Device? device, ScalarType? dtype, Func<Func<string, IDisposable>, T> make)
    {
        var loaded = new List<IDisposable>();
        try
        {
            return make(component =>
            {
                var part = OpenPart(component).Load(device, component == "vae" ? null : dtype);
                loaded.Add(part);
                return part;
            });
        }
        catch
        {
            foreach (var part in loaded) part.Dispose();
            throw;
        }
    }

    /// <summary>The model, which must be of SD3's class.</summary>
    /// <inheritdoc cref="Load"/>
    public Sd3Pipeline LoadSd3(Device? device = null, ScalarType? dtype = null) =>
        PipelineClass == Sd3Class ? (Sd3Pipeline)Load(device, dtype) : throw new ModelConfigException($"{Index}: pipeline '{PipelineClass}' is not supported here; expected {Sd3Class}.");

    /// <summary>The autoencoder alone.</summary>
    public AutoencoderKL LoadVae(Device? device = null, ScalarType? dtype = null) => As<AutoencoderKL>("vae", OpenPart("vae").Load(device, dtype));

    /// <summary>The transformer alone.</summary>
    public ILatentTransformer LoadTransformer(Device? device = null, ScalarType? dtype = null) => As<ILatentTransformer>("transformer", OpenPart("transformer").Load(device, dtype));

    /// <summary>Every component that has weights, in order of its name; their configs are read, their weights not.</summary>
    /// <exception cref="ModelConfigException">A component is of an unknown class, or its config is wrong.</exception>
    internal IReadOnlyList<ModelPart> Parts() =>
        [.. _index.Select(pair => pair.Key).Where(name => name is "transformer" or "vae" || name.StartsWith("text_encoder", StringComparison.Ordinal))
            .Where(name => ClassOf(name) is not null).Order(StringComparer.Ordinal).Select(OpenPart)];

    /// <summary>What the transformer's blocks hold, the latent's shape and the number of text tokens, from the configs alone.</summary>
    internal (IReadOnlyList<Memory.BlockMemory> Blocks, long[] Latent, long Words) TransformerShape(IReadOnlyList<string> targets, int rank)
    {
        if (PipelineClass == Sd3Class)
        {
            var sd3 = Sd3Config.Parse(TransformerConfig, TransformerLabel);
            long[] latent = [sd3.InChannels, sd3.SampleSize, sd3.SampleSize];
            int clip = ClipTextConfig.Parse(new ComponentFiles(_root, "text_encoder", "").Text("config.json"), "text_encoder/config.json").MaxPositionEmbeddings;
            long words = clip + T5Tokens(ClassOf("text_encoder_3") is null ? clip : 256);
            return (Memory.TransformerMemory.Blocks(sd3, latent, words, targets, rank), latent, words);
        }

        if (PipelineClass != FluxClass) throw UnknownPipeline();
        var flux = FluxConfig.Parse(TransformerConfig, TransformerLabel);
        var vae = VaeConfig.Parse(new ComponentFiles(_root, "vae", "").Text("config.json"), "vae/config.json");
        long side = vae.SampleSize / vae.Downscale, tokens = T5Tokens(flux.GuidanceEmbeds ? 512 : 256);
        return (Memory.TransformerMemory.Blocks(flux, [vae.LatentChannels, side, side], tokens, targets, rank), [vae.LatentChannels, side, side], tokens);
    }

    /// <summary>Whether guidance is a number that the transformer takes, and not a second pass.</summary>
    internal bool EmbedsGuidance => PipelineClass == FluxClass && FluxConfig.Parse(TransformerConfig, TransformerLabel).GuidanceEmbeds;

    private string TransformerConfig => new ComponentFiles(_root, "transformer", "").Text("config.json");

    private ModelConfigException UnknownPipeline() => new($"{Index}: pipeline '{PipelineClass}' is not supported here; known are {Sd3Class} and {FluxClass}.");

    private Sd3Pipeline Sd3(Func<string, IDisposable> part)
    {
        var schedule = LoadSchedule();
        var text = Sd3Text(part);
        var vae = As<AutoencoderKL>("vae", part("vae"));
        return new(As<Sd3Transformer>("transformer", part("transformer")), vae, text, schedule);
    }

    private Sd3TextEncoder Sd3Text(Func<string, IDisposable> part)
    {
        ClipTokenizer tokenizer1 = LoadTokenizer("tokenizer"), tokenizer2 = LoadTokenizer("tokenizer_2");
        bool hasT5 = ClassOf("text_encoder_3") is not null;
        var tokenizer3 = hasT5 ? LoadT5Tokenizer("tokenizer_3") : null;
        var text1 = As<ClipTextEncoder>("text_encoder", part("text_encoder"));
        var text2 = As<ClipTextEncoder>("text_encoder_2", part("text_encoder_2"));
        var text3 = hasT5 ? As<T5Encoder>("text_encoder_3", part("text_encoder_3")) : null;
        int width = Sd3Config.Parse(TransformerConfig, TransformerLabel).JointAttentionDim;
        return new(tokenizer1, text1, tokenizer2, text2, width, T5Tokens(hasT5 ? 256 : tokenizer1.MaxLength), tokenizer3, text3);
    }

    private FluxPipeline Flux(Func<string, IDisposable> part)
    {
        var schedule = LoadSchedule();
        var text = FluxText(part);
        var vae = As<AutoencoderKL>("vae", part("vae"));
        return new(As<FluxTransformer>("transformer", part("transformer")), vae, text, schedule);
    }

    private FluxTextEncoder FluxText(Func<string, IDisposable> part)
    {
        var (tokenizer1, tokenizer2) = (LoadTokenizer("tokenizer"), LoadT5Tokenizer("tokenizer_2"));
        var text1 = As<ClipTextEncoder>("text_encoder", part("text_encoder"));
        var text2 = As<T5Encoder>("text_encoder_2", part("text_encoder_2"));
        var config = FluxConfig.Parse(TransformerConfig, TransformerLabel);
        return new(tokenizer1, text1, tokenizer2, text2, config, T5Tokens(config.GuidanceEmbeds ? 512 : 256));
    }

    /// <summary>One CLIP tokenizer.</summary>
    /// <param name="component">tokenizer or tokenizer_2.</param>
    public ClipTokenizer LoadTokenizer(string component)
    {
        Require(component, "CLIPTokenizer", "CLIPTokenizerFast");
        return ClipTokenizer.FromFolder(Path.Combine(_root, component));
    }

    /// <summary>T5's tokenizer.</summary>
    public T5Tokenizer LoadT5Tokenizer(string component)
    {
        Require(component, "T5Tokenizer", "T5TokenizerFast");
        return T5Tokenizer.FromFolder(Path.Combine(_root, component));
    }

    /// <summary>The noise schedule.</summary>
    public FlowMatchSchedule LoadSchedule()
    {
        Require("scheduler", FlowMatchSchedule.ClassName);
        var files = new ComponentFiles(_root, "scheduler", "");
        return FlowMatchSchedule.Parse(files.Text("scheduler_config.json"), files.Label("scheduler_config.json"));
    }

    private int T5Tokens(int fallback) => ConfigJson.Parse(_index.ToJsonString(), Index).Int(T5TokensKey, fallback, least: 0, most: 4096);

    private ModelPart OpenPart(string component)
    {
        string? found = ClassOf(component);
        return found is not null && ModelPart.Open(_root, component, found) is { } part
            ? part
            : throw new ModelConfigException($"{Index}: {component} is {found ?? "absent"}; supported here: {ModelPart.Classes}.");
    }

    private static T As<T>(string component, IDisposable part) where T : class =>
        part as T ?? throw new ModelConfigException($"{Index}: {component} is {part.GetType().Name}, where {typeof(T).Name} is needed.");

    /// <summary>The class of a component; null when it is absent or [null, null].</summary>
    private string? ClassOf(string component) =>
        _index[component] is JsonArray { Count: 2 } pair && pair[1] is JsonValue value && value.TryGetValue(out string? name) ? name : null;

    private void Require(string component, params string[] classes)
    {
        string? found = ClassOf(component);
        if (found is null || !classes.Contains(found))
            throw new ModelConfigException($"{Index}: {component} is {found ?? "absent"}; supported here: {string.Join(", ", classes)}.");
    }
}

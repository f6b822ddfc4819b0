using System.Text.Json.Nodes;
using PortraitGen.Gpu.Models.Clip;
using PortraitGen.Gpu.Models.Flux;
using PortraitGen.Gpu.Models.Sd3;
using PortraitGen.Gpu.Models.T5;
using PortraitGen.Gpu.Models.Vae;
using PortraitGen.Gpu.Tensors;

namespace PortraitGen.Gpu.Models;

/// <summary>Writes a model folder that <see cref="DiffusersFolder.Open"/> reads. Equal weights give equal bytes.</summary>
public sealed class DiffusersFolderWriter
{
    private const string Diffusion = "diffusion_pytorch_model", Text = "model";
    private static readonly Dictionary<string, string> Header = new() { ["format"] = "pt" };
    private readonly string _path;
    private readonly JsonObject _index;

    private DiffusersFolderWriter(string path, string pipelineClass, int t5Tokens) =>
        (_path, _index) = (path, new JsonObject { ["_class_name"] = pipelineClass, [DiffusersFolder.T5TokensKey] = t5Tokens });

    /// <summary>Writes a model, whatever its architecture.</summary>
    public static void Save(string path, ITextToImagePipeline pipeline)
    {
        switch (pipeline)
        {
            case Sd3Pipeline sd3: Save(path, sd3); break;
            case FluxPipeline flux: Save(path, flux); break;
            default: throw new ModelConfigException($"{pipeline.GetType().Name} has no folder layout here.");
        }
    }

    private static void Save(string path, Sd3Pipeline pipeline)
    {
        var to = new DiffusersFolderWriter(path, DiffusersFolder.Sd3Class, pipeline.TextEncoder.T5Tokens);
        to.Schedule(pipeline.Schedule);
        to.Clip("text_encoder", pipeline.TextEncoder.Encoder1);
        to.Clip("text_encoder_2", pipeline.TextEncoder.Encoder2);
        to.T5("text_encoder_3", pipeline.TextEncoder.Encoder3);
        to.ClipTokenizer("tokenizer", pipeline.TextEncoder.Tokenizer1);
        to.ClipTokenizer("tokenizer_2", pipeline.TextEncoder.Tokenizer2);
        to.T5Tokenizer("tokenizer_3", pipeline.TextEncoder.Tokenizer3);
        to.Part("transformer", "diffusers", Sd3Config.ClassName, pipeline.Transformer.Config.ToJson(), Diffusion, pipeline.Transformer.Weights);
        to.Part("vae", "diffusers", VaeConfig.ClassName, pipeline.Vae.Config.ToJson(), Diffusion, pipeline.Vae.Weights);
        to.WriteIndex();
    }

    private static void Save(string path, FluxPipeline pipeline)
    {
        var to = new DiffusersFolderWriter(path, DiffusersFolder.FluxClass, pipeline.TextEncoder.T5Tokens);
        to.Schedule(pipeline.Schedule);
        to.Clip("text_encoder", pipeline.TextEncoder.Clip);
        to.T5("text_encoder_2", pipeline.TextEncoder.T5);
        to.ClipTokenizer("tokenizer", pipeline.TextEncoder.Tokenizer);
        to.T5Tokenizer("tokenizer_2", pipeline.TextEncoder.Tokenizer2);
        to.Part("transformer", "diffusers", FluxConfig.ClassName, pipeline.Transformer.Config.ToJson(), Diffusion, pipeline.Transformer.Weights);
        to.Part("vae", "diffusers", VaeConfig.ClassName, pipeline.Vae.Config.ToJson(), Diffusion, pipeline.Vae.Weights);
        to.WriteIndex();
    }

    private void Clip(string name, ClipTextEncoder encoder) =>
        Part(name, "transformers", encoder.Config.WithProjection ? ClipTextConfig.Projecting : ClipTextConfig.Plain, encoder.Config.ToJson(), Text, encoder.Weights);

    private void T5(string name, T5Encoder? encoder)
    {
        if (encoder is null) _index[name] = new JsonArray(null, null);
        else Part(name, "transformers", T5Config.ClassName, encoder.Config.ToJson(), Text, encoder.Weights);
    }

    private void ClipTokenizer(string name, ClipTokenizer tokenizer)
    {
        tokenizer.Save(Path.Combine(_path, name));
        _index[name] = new JsonArray("transformers", "CLIPTokenizer");
    }

    private void T5Tokenizer(string name, T5Tokenizer? tokenizer)
    {
        tokenizer?.Save(Path.Combine(_path, name));
        _index[name] = tokenizer is null ? new JsonArray(null, null) : new JsonArray("transformers", "T5Tokenizer");
    }

    private void Schedule(FlowMatchSchedule schedule)
    {
        Directory.CreateDirectory(Path.Combine(_path, "scheduler"));
        File.WriteAllText(Path.Combine(_path, "scheduler", "scheduler_config.json"), schedule.ToJson());
        _index["scheduler"] = new JsonArray("diffusers", FlowMatchSchedule.ClassName);
    }

    private void Part(string name, string library, string className, string config, string weightsName, Weights weights)
    {
        string folder = Path.Combine(_path, name);
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), config);
        SafetensorsWriter.WriteFile(Path.Combine(folder, weightsName + ".safetensors"), weights.State(), Header);
        _index[name] = new JsonArray(library, className);
    }

    /// <summary>Comes last: a folder without an index is no model.</summary>
    private void WriteIndex() => File.WriteAllText(Path.Combine(_path, DiffusersFolder.Index), _index.ToJsonString(ConfigFormat.Indented));
}

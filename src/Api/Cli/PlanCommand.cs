using System.CommandLine;
using System.Text.Json.Nodes;
using PortraitGen.Api.Campaigns;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Models.Memory;
using PortraitGen.Gpu.Tensors;

namespace PortraitGen.Api.Cli;

/// <summary>Says before a campaign what device memory it will take. Needs no server and no weights.</summary>
internal static class PlanCommand
{
    public static Command Create()
    {
        var folder = new Argument<DirectoryInfo>("MODEL_FOLDER") { Description = "A model folder in the diffusers layout; configs and indexes are enough." };
        var spec = new Argument<FileInfo?>("SPEC") { Description = "The campaign's specification (.yaml, .yml or .json). Default: all defaults.", Arity = ArgumentArity.ZeroOrOne };
        var plan = new Command("plan", "Expected device memory of a campaign on a model, part by part.") { folder, spec, ClientOptions.Json };
        plan.SetAction(parsed => Show.Answer(parsed, Answer(parsed.GetRequiredValue(folder), parsed.GetValue(spec)), Print));
        return plan;
    }

    private static JsonObject Answer(DirectoryInfo folder, FileInfo? file)
    {
        try
        {
            var plan = new MemoryPlan(DiffusersFolder.Open(folder.FullName), file is null ? new CampaignSpec() : Read(file));
            return new JsonObject
            {
                ["parts"] = new JsonArray([.. plan.Parts.Select(part => (JsonNode)new JsonObject { ["part"] = part.Name, ["bytes"] = part.Bytes, ["MiB"] = Math.Round(part.Bytes / 1048576.0, 1), ["from"] = part.Note })]),
                ["peakGradient"] = plan.Weights + 2 * plan.Adapter + plan.Training,
                ["peakGradientRecomputed"] = plan.Weights + plan.Adapter + Math.Max(plan.Recomputed, plan.Adapter),
                ["peakRollout"] = plan.Weights + plan.Adapter + plan.Sampling,
                ["textEncoders"] = plan.Text,
                ["textEncodersOffloaded"] = plan.TextIsOffloaded,
            };
        }
        catch (Exception error) when (error is ModelConfigException or WeightsException or SafetensorsException)
        {
            throw new CommandException(ExitCodes.BadInput, error.Message);
        }
    }

    private static void Print(JsonNode answer)
    {
        Show.Table(answer["parts"]!.AsArray(), "The folder has no part.", ("Part", "part"), ("MiB", "MiB"), ("From", "from"));
        Console.Out.WriteLine($"Peak of a gradient shard {Size("peakGradient")}, with recomputation {Size("peakGradientRecomputed")}; of a rollout shard {Size("peakRollout")}. The process itself is not counted.");
        Console.Out.WriteLine(answer["textEncodersOffloaded"]!.GetValue<bool>()
            ? $"Text encoders take {Size("textEncoders")} in embed shards, and nothing in these."
            : $"Text encoders are {Size("textEncoders")} of each; profile.offloadText: true keeps them out.");

        string Size(string key) => answer[key]!.GetValue<long>() is var bytes && bytes < 1 << 30 ? $"{bytes / 1048576.0:0} MiB" : $"{bytes / 1073741824.0:0.00} GiB";
    }

    private static CampaignSpec Read(FileInfo file)
    {
        if (!file.Exists) throw new CommandException(ExitCodes.BadInput, $"There is no file {file}.");
        var (node, problem) = SpecBody.Parse(File.ReadAllBytes(file.FullName), file.Extension.ToLowerInvariant() is ".yaml" or ".yml");
        if (problem is not null) throw new CommandException(ExitCodes.BadInput, $"{file.Name}: {problem.ProblemDetails.Detail ?? problem.ProblemDetails.Title}");
        // What it names is not looked at: any dataset and any base do.
        if (node is JsonObject document && !document.ContainsKey("dataset")) document["dataset"] = "any";
        var (spec, errors) = SpecReader.Read(node);
        return spec ?? throw new CommandException(ExitCodes.BadInput, string.Join('\n', errors.Select(error => $"{file.Name}: {error.Path}: {error.Message}")));
    }
}

using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Gpu.Grpo;
using PortraitGen.Gpu.Runtime;

namespace PortraitGen.Gpu.Sampling;

/// <summary>Prompts to stored embeddings: the only shards that load text encoders where the profile says <c>offloadText</c>.</summary>
public sealed class EmbedHandler(ModelPool models) : IShardHandler
{
    public string Kind => ShardKinds.Embed;

    public ShardResult Run(ShardRun run, CancellationToken cancel)
    {
        var input = DomainJson.Read<EmbedInput>(run.Input);
        var text = models.Mine.Text(input.Base, input.Profile, run);
        var outputs = new Dictionary<string, ArtifactRef>();
        for (int i = 0; i < input.Prompts.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            run.Report((double)i / input.Prompts.Count, $"prompt {i + 1} of {input.Prompts.Count}");
            outputs[$"prompt-{i}"] = run.Write(Prompts.ToBytes(text, input.Prompts[i]), MediaTypes.Safetensors);
        }

        return new(outputs, new JsonObject { ["prompts"] = input.Prompts.Count });
    }
}

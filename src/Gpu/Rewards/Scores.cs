using System.Text.Json.Nodes;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Rewards;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Gpu.Tensors;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Rewards;

/// <summary>Rewards of images, by the rewards' names.</summary>
public static class Scores
{
    /// <param name="images">uint8 [N, 3, H, W].</param>
    /// <returns>For each reward N logits.</returns>
    public static JsonObject Of(Tensor images, IReadOnlyList<RewardRef> rewards, ShardRun run, ExecutionProfile profile, CancellationToken cancel)
    {
        var scores = new JsonObject();
        foreach (var reward in rewards)
        {
            cancel.ThrowIfCancellationRequested();
            using var file = SafetensorsFile.Open(run.Read(reward.State), "reward");
            using var net = RewardNet.Load(file);
            scores[reward.Name] = new JsonArray([.. net.Score(images, profile.ImagesPerShard).Select(s => (JsonNode)s)]);
        }
        return scores;
    }
}

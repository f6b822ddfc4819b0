using System.Globalization;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Campaigns;

namespace PortraitGen.Gpu.Tests.Grpo;

public sealed class OwnProcessTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, InlineData(1), InlineData(2)]
    public async Task Another_process_with_another_order_of_shards_makes_the_same_rollouts_gradients_and_checkpoint(int threads)
    {
        var here = await HashesAsync(threads, null);
        var there = await OwnProcess.AskAsync<SortedDictionary<string, string[]>>($"{typeof(OwnProcessTests).FullName}.{nameof(Run)}", $"{threads}", Cancel);
        Assert.Equal(here.Keys, there.Keys);
        Assert.All([ShardKinds.Rollout, ShardKinds.Gradient, ShardKinds.Update], kind => Assert.True(here[kind].Length > 1));
        Assert.All(here, kind => Assert.Equal(kind.Value, there[kind.Key]));
    }

    /// <summary>What the other process does.</summary>
    [Fact(Explicit = true)]
    public void Run() => OwnProcess.Reply(threads => HashesAsync(int.Parse(threads, CultureInfo.InvariantCulture), count => Enumerable.Range(0, count).Reverse()).GetAwaiter().GetResult());

    /// <summary>Every output by kind of shard, sorted; and the final checkpoint.</summary>
    private static async Task<SortedDictionary<string, string[]>> HashesAsync(int threads, Func<int, IEnumerable<int>>? order)
    {
        using var campaign = await MicroCampaign.CreateAsync(5, Cancel);
        var made = new List<(string Kind, string Hash)>();
        var loop = campaign.Loop();
        loop.Around = (kind, run) =>
        {
            TorchSharp.torch.set_num_threads(threads); // as a worker does on its device's thread
            var result = run();
            TorchSharp.torch.set_num_threads(1);
            made.AddRange(result.Outputs.Values.Select(output => (kind, output.Hash.Hex)));
            return result;
        };
        var outputs = await loop.RunAsync(new TrainingPlan(), DomainJson.ToNode(campaign.Spec), order, Cancel);
        made.Add(("checkpoint", outputs[JobKinds.Export]["checkpoint"]!.GetValue<string>()));
        return new(made.GroupBy(m => m.Kind).ToDictionary(g => g.Key, g => g.Select(m => m.Hash).Order(StringComparer.Ordinal).ToArray()), StringComparer.Ordinal);
    }
}

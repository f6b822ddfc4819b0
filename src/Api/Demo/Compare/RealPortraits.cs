using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Rewards;
using PortraitGen.Gpu.Bench;
using PortraitGen.Gpu.Inversion;
using static TorchSharp.torch;

namespace PortraitGen.Api.Demo.Compare;

/// <summary>What no policy can do better than: training portraits judged as if they were a policy's images.</summary>
internal static class RealPortraits
{
    /// <summary>The held-out measures of as many training portraits as a benchmark has images, and the rewards' means over all of them.</summary>
    public static async Task<IReadOnlyDictionary<string, double>> MeasureAsync(IArtifactStore store, IReadOnlyList<CompareResult> results, CancellationToken cancel)
    {
        var (first, images) = (results[0].Outcome, results[0].Arm.Spec.Benchmark.Images);
        var values = new Dictionary<string, double>();
        var (train, heldout) = (await ReadAsync(store, first.Dataset.TrainFiles, cancel), await ReadAsync(store, first.Dataset.HeldoutFiles, cancel));
        using (var scope = NewDisposeScope())
        {
            Tensor Some(IEnumerable<Tensor> parts) => cat([.. parts]) is var all ? all.narrow(0, 0, Math.Min(images, all.shape[0])) : all; // [n,3,H,W]
            // After the autoencoder both times, as everything is that a policy makes: against raw references that alone is a distance.
            var reached = Some(train.Select(t => t.RoundTrip));
            Add("roundTrip", HeldoutMeasures.Of(reached, cat([.. heldout.Select(h => h.RoundTrip)])));
            Add("raw", HeldoutMeasures.Of(reached, cat([.. heldout.Select(h => h.Images)])));
        }
        foreach (string name in new[] { RewardNames.AiPortrait, RewardNames.Omni })
            values[$"benchmark/{name}"] = results.Average(r => r.Outcome.Rewards.Single(w => w.Name == name).RealMean);
        return values;

        void Add(string reference, JsonObject measures)
        {
            foreach (var (name, value) in measures) values[$"heldout/{reference}/{name}"] = value!.GetValue<double>();
        }
    }

    /// <summary>The held-out portraits after the autoencoder: uint8 [M, 3, H, W].</summary>
    public static async Task<Tensor> HeldoutAsync(IArtifactStore store, IReadOnlyList<ContentHash> files, CancellationToken cancel) =>
        cat([.. (await ReadAsync(store, files, cancel)).Select(p => p.RoundTrip)]);

    private static async Task<List<EncodedPortraits>> ReadAsync(IArtifactStore store, IReadOnlyList<ContentHash> files, CancellationToken cancel)
    {
        var portraits = new List<EncodedPortraits>();
        foreach (var file in files) portraits.Add(EncodedPortraits.Read(await store.GetAsync(file, cancel)));
        return portraits;
    }
}

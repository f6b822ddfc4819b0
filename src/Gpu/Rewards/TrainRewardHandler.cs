using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Rewards;
using PortraitGen.Gpu.Inversion;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Gpu.Tensors;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Rewards;

/// <summary>One link of a reward's training, or a refresh of it; ends with the reward's mean over real portraits, its cap.</summary>
public sealed class TrainRewardHandler : IShardHandler
{
    public string Kind => ShardKinds.TrainReward;

    public ShardResult Run(ShardRun run, CancellationToken cancel)
    {
        var input = DomainJson.Read<TrainRewardInput>(run.Input);
        using var scope = NewDisposeScope();
        using var net = RewardNet.Fresh(input.Seed, input.Name);
        using var trainer = new RewardTrainer(net, input.Name, input.Seed);
        if (input.State is { } before)
        {
            using var file = SafetensorsFile.Open(run.Read(before), "reward");
            trainer.Load(file.ReadAll(), input.FromStep);
        }

        var data = Read(input, run);
        double loss = 0, accuracy = 0;
        int steps = input.ToStep - input.FromStep;
        for (int i = 0; i < steps; i++)
        {
            cancel.ThrowIfCancellationRequested();
            var (l, a) = trainer.Update(data, input.TotalSteps);
            if (!double.IsFinite(l)) throw new ShardFailedException(FailureClasses.Nan, $"The loss of reward '{input.Name}' is {l} at step {input.FromStep + i}.");
            (loss, accuracy) = (loss + l, accuracy + a);
            if (i % 10 == 9) run.Report((i + 1.0) / steps, $"{input.Name}: step {input.FromStep + i + 1} of {input.TotalSteps}");
        }

        var values = new JsonObject
        {
            ["loss"] = loss / steps,
            ["accuracy"] = accuracy / steps,
            ["realMean"] = net.Score(data.Real, input.Profile.ImagesPerShard).Average(),
        };
        return new(new Dictionary<string, ArtifactRef> { ["reward"] = run.Write(SafetensorsWriter.ToBytes(trainer.State()), MediaTypes.Safetensors) }, values);
    }

    private static RewardData Read(TrainRewardInput input, ShardRun run)
    {
        List<Tensor> images = [];
        List<long> labels = [];
        foreach (var labelled in input.Labelled)
        {
            using var file = SafetensorsFile.Open(run.Read(labelled), "labelled");
            images.Add(file.Read("images"));
            labels.AddRange(file.Read("labels").data<long>());
        }
        var rollouts = input.Rollouts.Select(r => Grpo.RolloutTensors.ReadImages(run.Read(r))).ToArray();
        var none = zeros([0, 3, 1, 1], ScalarType.Byte);
        return new(EncodedPortraits.ReadAll(input.Real, run).RoundTrip, cat(images), [.. labels], rollouts.Length > 0 ? cat(rollouts) : none);
    }
}

using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Grpo;
using PortraitGen.Gpu.Models.Lora;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Gpu.Tensors;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Grpo;

/// <summary>One optimiser step: policy version n and the slices' gradient sums make version n + 1, with a manifest that chains to its parent.</summary>
public sealed class UpdateHandler(ModelPool models) : IShardHandler
{
    public string Kind => ShardKinds.Update;

    public ShardResult Run(ShardRun run, CancellationToken cancel)
    {
        var input = DomainJson.Read<UpdateInput>(run.Input);
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var values = new JsonObject();
        var (_, policy) = models.Mine.Policy(input.Base, input.Lora, state: null, average: false, input.Seed, input.Profile, run);
        PolicyState next;
        ArtifactRef? average = null;
        int version = 0;
        if (input.Parent is { } parent)
        {
            var manifest = CheckpointManifest.Read(run.Read(parent));
            version = manifest.Version + 1;
            var gradient = Combine(input, run, values);
            next = Step(PolicyState.Read(manifest, input.FinishesEpoch, run.Read), gradient, input);
            average = manifest.AverageOrAll;
        }
        else
        {
            next = PolicyState.Fresh(policy.Adapter);
        }

        var outputs = new Dictionary<string, ArtifactRef>
        {
            ["policy"] = run.Write(next.AdapterBytes(), MediaTypes.Safetensors),
            ["moments"] = run.Write(next.MomentsBytes(), MediaTypes.Safetensors),
        };
        if (input.FinishesEpoch)
        {
            outputs["average"] = average = run.Write(next.AverageBytes(), MediaTypes.Safetensors);
            outputs["adapter"] = run.Write(Adapter(policy.Adapter, next), MediaTypes.Safetensors);
        }

        var certificate = new CheckpointManifest(version, input.Parent, outputs["policy"], input.Base, input.Spec, input.Gradients, input.Seed, input.Epoch, input.Step, InputKey.EngineVersion, input.Profile, InputKey.Of(Kind, run.Input),
            average, outputs["moments"]);
        outputs["manifest"] = run.Write(certificate.ToBytes(), MediaTypes.Json);
        values["version"] = version;
        return new(outputs, values);
    }

    /// <summary>The averaged adapter alone, by the names and metadata that PEFT and diffusers read.</summary>
    private static byte[] Adapter(LoraSet adapter, PolicyState state) =>
        SafetensorsWriter.ToBytes(state.Average.Select(t => (t.Key, t.Value)), adapter.FileMetadata());

    /// <summary>Adds the sums in slice order in fp32, divides by the denominators of the spec, clips the norm.</summary>
    private static Dictionary<string, Tensor> Combine(UpdateInput input, ShardRun run, JsonObject values)
    {
        var onPolicy = Sum(input.Gradients.Select(g => g.OnPolicy), input.OnPolicyCount, run);
        var exemplar = Sum(input.Gradients.Select(g => g.Exemplar), input.ExemplarCount, run);
        double exemplarNorm = Norm(exemplar.Values), allowed = input.MaxExemplarShare * Norm(onPolicy.Values);
        if (input.MaxExemplarShare > 0 && exemplarNorm > allowed)
            foreach (var value in exemplar.Values) value.mul_(allowed / exemplarNorm);
        var total = onPolicy.ToDictionary(p => p.Key, p => p.Value + exemplar[p.Key]);
        double norm = Norm(total.Values);
        values["gradientNorm"] = norm;
        values["gradientNormOnPolicy"] = Norm(onPolicy.Values);
        values["gradientNormExemplar"] = exemplarNorm;
        if (norm > input.Optimizer.MaxGradientNorm)
            foreach (var value in total.Values) value.mul_(input.Optimizer.MaxGradientNorm / (norm + 1e-6));
        return total;
    }

    private static Dictionary<string, Tensor> Sum(IEnumerable<ContentHash> slices, long count, ShardRun run)
    {
        Dictionary<string, Tensor>? sum = null;
        foreach (var slice in slices)
        {
            using var file = SafetensorsFile.Open(run.Read(slice), "gradient");
            var part = file.ReadAll();
            if (sum is null) sum = part;
            else if (part.Count != sum.Count || !part.Keys.All(sum.ContainsKey)) throw new ShardFailedException(FailureClasses.UserError, "The slices' gradients are not of one adapter: their tensors have different names.");
            else foreach (var (name, value) in part) sum[name].add_(value);
        }
        if (sum is null) throw new ShardFailedException(FailureClasses.UserError, "An optimiser step without a gradient: the epoch has fewer slices than optimizer.stepsPerEpoch. Raise group.perEpoch, or lower profile.groupsPerShard.");
        foreach (var value in sum.Values) value.div_(Math.Max(1, count));
        return sum;
    }

    private static double Norm(IEnumerable<Tensor> tensors) => Math.Sqrt(tensors.Sum(t => t.to(ScalarType.Float64).square().sum().item<double>()));

    private static PolicyState Step(PolicyState state, Dictionary<string, Tensor> gradient, UpdateInput input)
    {
        const double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
        var o = input.Optimizer;
        long steps = state.Steps + 1;
        double decay = o.EmaDecay(input.Epoch);
        double correction1 = 1 - Math.Pow(beta1, steps), correction2 = 1 - Math.Pow(beta2, steps);
        foreach (var (name, weight) in state.Adapter)
        {
            var (g, m, v) = (gradient[name], state.M[name], state.V[name]);
            weight.mul_(1 - o.LearningRate * o.WeightDecay);
            m.mul_(beta1).add_(g, alpha: 1 - beta1);
            v.mul_(beta2).addcmul_(g, g, 1 - beta2);
            weight.addcdiv_(m, v.sqrt().div_(Math.Sqrt(correction2)).add_(epsilon), -o.LearningRate / correction1);
            Finite.Require(weight, $"{name} after update {steps}");
            if (input.FinishesEpoch) state.Average[name].mul_(decay).add_(weight, alpha: 1 - decay);
        }
        return state with { Steps = steps };
    }
}

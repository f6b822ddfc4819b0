using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Curation;
using PortraitGen.Domain.Grpo;
using PortraitGen.Domain.Inversion;
using PortraitGen.Gpu.Grpo;
using PortraitGen.Gpu.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests.Grpo;

/// <summary>Single shards of an epoch: encode, a policy that already differs from the base, rollouts, gradients, updates.</summary>
internal sealed class Slices : IDisposable
{
    private readonly CancellationToken _cancel;

    private Slices(MicroCampaign campaign, CancellationToken cancel) => (Campaign, _cancel) = (campaign, cancel);

    public MicroCampaign Campaign { get; }

    /// <summary>Two groups with their exemplars.</summary>
    public GroupRef[] Groups { get; private set; } = [];

    /// <summary>Version 0, and a policy whose adapter is nowhere zero.</summary>
    public ContentHash Manifest { get; private set; }

    public ContentHash Policy { get; private set; }

    private CampaignSpec Spec => Campaign.Spec;
    private ContentHash Base => ContentHash.Parse(Spec.Base);

    public static async Task<Slices> CreateAsync(CancellationToken cancel)
    {
        var made = new Slices(await MicroCampaign.CreateAsync(2, cancel), cancel);
        var campaign = made.Campaign;
        var dataset = DatasetManifest.Parse(campaign.Read(ContentHash.Parse(campaign.Spec.Dataset)));
        PortraitRef[] portraits = [.. dataset.Train.Select(e => new PortraitRef(e.Image.Hash, e.Caption))];
        var encoded = campaign.Run(ShardKinds.Invert, new EncodeInput(made.Base, portraits, made.Spec.Sampler.Ode(made.Spec.Sampler.Steps), 1, made.Spec.Profile), cancel).Output("portraits").Hash;
        made.Groups = [.. portraits.Select((p, i) => new GroupRef(i, p.Caption, new(encoded, i)))];
        made.Manifest = made.Update(null, [], 0, 0).Output("manifest").Hash;
        made.Policy = made.Moved(CheckpointManifest.Read(campaign.Read(made.Manifest)).Policy.Hash, 1);
        return made;
    }

    /// <summary>An adapter with noise on it.</summary>
    public ContentHash Moved(ContentHash policy, ulong seed)
    {
        using var scope = NewDisposeScope();
        using var noise = new Noise(seed);
        var adapter = PolicyState.ReadAdapter(Campaign.Read(policy));
        foreach (var value in adapter.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => p.Value)) value.add_(noise.Of(value.shape) * 0.05);
        return Store(adapter);
    }

    /// <summary>Stores an adapter as a policy version's.</summary>
    public ContentHash Store(IReadOnlyDictionary<string, Tensor> adapter)
    {
        var none = new Dictionary<string, Tensor>();
        return Campaign.Write(new PolicyState(adapter, none, none, none, 0).AdapterBytes()).Hash;
    }

    public ShardResult Rollout(ExemplarSpec exemplars, GroupRef[] groups, ContentHash? policy = null, CampaignSpec? spec = null)
    {
        spec ??= Spec;
        ContentHash[] trajectories = exemplars.Inverts
            ? [Campaign.Run(ShardKinds.Invert, new TrajectoryInput(Base, policy ?? Policy, Spec.Lora, [.. groups.Select(g => new LatentRef(g.Exemplar!, g.Caption))], spec.Sampler, exemplars.Method, spec.Profile), _cancel).Output("trajectories").Hash]
            : [];
        return Campaign.Run(ShardKinds.Rollout, new RolloutInput(Base, policy ?? Policy, Spec.Lora, spec.Objective, spec.Sampler, spec.Matching, exemplars, Spec.Group.Size, 5, 1, 1, groups, trajectories, spec.Profile), _cancel);
    }

    public GradientInput GradientOf(ExemplarSpec exemplars, OptimizerSpec optimizer, GroupRef[] groups, ContentHash? rollout, double[][] generated, double[] exemplar, bool onPolicy = true, CampaignSpec? spec = null) =>
        new(Base, Policy, Spec.Lora, (spec ?? Spec).Objective, (spec ?? Spec).Sampler, (spec ?? Spec).Matching, exemplars, optimizer, 5, 1, groups, rollout, 1, onPolicy, generated, exemplar, (spec ?? Spec).Profile);

    public ShardResult Gradient(GradientInput input) => Campaign.Run(ShardKinds.Gradient, input, _cancel);

    public ShardResult Update(ContentHash? parent, GradientRef[] gradients, long onPolicy, long exemplar, OptimizerSpec? optimizer = null, bool finishes = true, double share = 0) => Campaign.Run(ShardKinds.Update,
        new UpdateInput(Base, Spec.Lora, parent, gradients, onPolicy, exemplar, optimizer ?? Spec.Optimizer, share, 5, 1, 0, finishes, ContentHash.Of([1]), Spec.Profile), _cancel);

    public Dictionary<string, Tensor> Tensors(ArtifactRef output)
    {
        using var file = SafetensorsFile.Open(Campaign.Read(output.Hash));
        return file.ReadAll();
    }

    public void Dispose() => Campaign.Dispose();
}

using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Grpo;
using PortraitGen.Gpu.Grpo;
using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Runtime;

namespace PortraitGen.Gpu.Tests.Grpo;

/// <summary>A worker that has just started: nothing loaded, nothing left from other shards.</summary>
internal sealed class ModelPoolReset(MicroCampaign campaign) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("portraitgen-fresh-").FullName;
    private ModelPool? _models;

    public ShardResult Gradient(GradientInput input, CancellationToken cancel)
    {
        _models = new(new ModelStore(_folder));
        var json = (JsonObject)JsonNode.Parse(CanonicalJson.ToBytes(DomainJson.ToNode(input)))!;
        return new GradientHandler(_models).Run(new ShardRun(json, campaign.Store, (_, _) => { }, cancel), cancel);
    }

    public void Dispose()
    {
        _models?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}

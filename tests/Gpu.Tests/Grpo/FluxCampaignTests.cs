using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Gpu.Tensors;
using PortraitGen.Jobs.Campaigns;

namespace PortraitGen.Gpu.Tests.Grpo;

public sealed class FluxCampaignTests
{
    [Theory, InlineData(ExemplarMethod.Fresh), InlineData(ExemplarMethod.Belm)]
    public async Task A_campaign_on_a_FLUX_folder_runs_through_the_same_handlers_and_learns_the_same_twice(ExemplarMethod method)
    {
        var cancel = TestContext.Current.CancellationToken;
        using var campaign = await MicroCampaign.CreateAsync(6, cancel, () => TinyModels.FluxPipeline(21));
        var spec = campaign.Spec with { Epochs = 1, Exemplars = campaign.Spec.Exemplars with { Method = method } };
        var loop = campaign.Loop();
        var outputs = await loop.RunAsync(new TrainingPlan(), DomainJson.ToNode(spec), null, cancel);

        string hash = outputs[JobKinds.Export]["checkpoint"]!.GetValue<string>();
        Assert.Equal(hash, await campaign.HashAsync(spec, count => Enumerable.Range(0, count).Reverse(), cancel));
        Assert.Contains(ShardKinds.Gradient, loop.Shards.Keys);
        var adapter = loop.Artifacts.Single(artifact => artifact.Key.Contains("lora", StringComparison.Ordinal) && artifact.Value.MediaType == MediaTypes.Safetensors && artifact.Key.StartsWith("final", StringComparison.Ordinal));
        using var file = SafetensorsFile.Open(campaign.Read(adapter.Value.Hash));
        Assert.Contains("transformer.single_transformer_blocks.1.attn.to_q.lora_A.weight", file.Entries.Keys);
        using var b = file.Read("transformer.transformer_blocks.0.attn.add_k_proj.lora_B.weight");
        Assert.True(b.abs().max().item<float>() > 0, "the adapter never moved");
    }
}

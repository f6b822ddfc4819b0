using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Gpu.Sampling;
using PortraitGen.Gpu.Tensors;
using PortraitGen.Jobs.Campaigns;
using PortraitGen.Jobs.Inversion;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests.Grpo;

/// <summary>Text encoders that leave the device once prompts are embedded.</summary>
public sealed class TextOffloadTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_campaign_embeds_every_prompt_once_and_no_other_shard_has_text_encoders(bool flux)
    {
        using var campaign = await MicroCampaign.CreateAsync(4, Cancel, flux ? () => TinyModels.FluxPipeline(21) : null);
        var spec = campaign.Spec with
        {
            Epochs = 1,
            Sampler = campaign.Spec.Sampler with { Guidance = 2, NegativePrompt = "blurred" },
            Exemplars = campaign.Spec.Exemplars with { Method = ExemplarMethod.Belm },
            Profile = campaign.Spec.Profile with { OffloadText = true },
        };
        var handlers = new CountedHandlers(campaign.Handlers);
        var outputs = await campaign.Loop(handlers.All).RunAsync(new TrainingPlan(), DomainJson.ToNode(spec), null, Cancel);
        int prompts = DomainJson.Read<EncodedDataset>(outputs[JobKinds.Invert]).Prompts!.Count, shards = (prompts + spec.Profile.ImagesPerShard - 1) / spec.Profile.ImagesPerShard;
        Assert.Equal((true, shards), (prompts > 4, handlers.Computed[ShardKinds.Embed]));
        Assert.Null(campaign.Pipeline(spec).Text);
        Assert.NotNull(campaign.Pipeline(campaign.Spec).Text);

        // Another campaign finds them, and the order of shards changes nothing.
        var other = await campaign.Loop(handlers.All).RunAsync(new TrainingPlan(), DomainJson.ToNode(spec with { Seed = 77 }), null, Cancel);
        Assert.Equal(shards, handlers.Computed[ShardKinds.Embed]);
        Assert.NotEqual(Checkpoint(outputs), Checkpoint(other));
        Assert.Equal(Checkpoint(outputs), await campaign.HashAsync(spec, count => Enumerable.Range(0, count).Reverse(), Cancel));
    }

    [Fact]
    public async Task A_stored_embedding_is_what_the_encoders_give()
    {
        using var scope = NewDisposeScope();
        using var campaign = await MicroCampaign.CreateAsync(4, Cancel);
        string[] prompts = ["a portrait of a woman", "a portrait of a man with glasses"];
        var result = campaign.Run(ShardKinds.Embed, new EmbedInput(ContentHash.Parse(campaign.Spec.Base), prompts, campaign.Spec.Profile), Cancel);
        var refs = prompts.Select((prompt, i) => new PromptRef(prompt, result.Output($"prompt-{i}").Hash)).ToArray();
        var pipeline = campaign.Pipeline(campaign.Spec);
        string[] asked = [prompts[1], prompts[0], prompts[1]];
        Conditioning stored = new Prompts(pipeline, refs, campaign.Read).Of(asked), own = new Prompts(pipeline, null, campaign.Read).Of(asked);
        // Alone or in a batch: matrix products of another shape may add in another order.
        GoldenTensors.AssertClose(own.Context, stored.Context, 1e-5, "context");
        GoldenTensors.AssertClose(own.Pooled, stored.Pooled, 1e-5, "pooled");
    }

    [Fact]
    public async Task Without_the_embedding_of_a_prompt_a_shard_says_which_is_missing()
    {
        using var campaign = await MicroCampaign.CreateAsync(4, Cancel);
        var pipeline = campaign.Pipeline(campaign.Spec with { Profile = campaign.Spec.Profile with { OffloadText = true } });
        var error = Assert.Throws<ShardFailedException>(() => new Prompts(pipeline, [], campaign.Read).Of(["a portrait of a woman"]));
        Assert.Equal((FailureClasses.UserError, "The prompt 'a portrait of a woman' has no stored embedding."), (error.FailureClass, error.Message));
        Assert.Contains("offloadText", Assert.Throws<ShardFailedException>(() => new Prompts(pipeline, null, campaign.Read).Of(["any"])).Message);
    }

    private static string Checkpoint(Dictionary<string, System.Text.Json.Nodes.JsonObject> outputs) => outputs[JobKinds.Export]["checkpoint"]!.GetValue<string>();
}

using PortraitGen.Domain.Campaigns;
using PortraitGen.Gpu.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests.Sampling;

public sealed class GuidanceTests : IDisposable
{
    private readonly TinyPolicy _tiny = new(41);

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void A_guided_velocity_leads_away_from_the_negative_prompt_by_the_factor()
    {
        using var scope = NewDisposeScope();
        using var noise = new Noise(1);
        using var off = no_grad();
        var negative = new Conditioning(noise.Of(1, 3, 40), noise.Of(1, 24));
        var x = noise.Of(2, 4, 8, 8);
        var guided = _tiny.Policy.Guided(3.5, negative);
        Tensor with = _tiny.Policy.Velocity(x, 0.4, _tiny.Prompts), away = _tiny.Policy.Velocity(x, 0.4, negative.Repeat(2));
        GoldenTensors.AssertClose(with * 3.5 - away * 2.5, guided.Velocity(x, 0.4, _tiny.Prompts), 1e-5, "guided");
        Assert.Equal(0, GoldenTensors.Difference(with, guided.Conditional(x, 0.4, _tiny.Prompts)));
        Assert.Equal((1, 2), (_tiny.Policy.Passes, guided.Passes));

        // The reference is guided too, and leaves the adapter on.
        Tensor bare = _tiny.Policy.Reference(x, 0.4, _tiny.Prompts), bareAway = _tiny.Policy.Reference(x, 0.4, negative.Repeat(2));
        GoldenTensors.AssertClose(bare * 3.5 - bareAway * 2.5, guided.Reference(x, 0.4, _tiny.Prompts), 1e-5, "reference");
        Assert.Equal(0, GoldenTensors.Difference(with, _tiny.Policy.Velocity(x, 0.4, _tiny.Prompts)));
    }

    [Fact]
    public void Guidance_of_one_is_the_policy_itself()
    {
        using var pipeline = TinyModels.Pipeline(3);
        var prompts = new Prompts(pipeline, null, _ => throw new InvalidOperationException("Nothing is stored."));
        Assert.Same(_tiny.Policy, pipeline.Guided(_tiny.Policy, new SamplerSpec().Ode(4), prompts));
        Assert.Equal(2, pipeline.Guided(_tiny.Policy, new SamplerSpec { Guidance = 2, NegativePrompt = "blurred" }.Ode(4), prompts).Passes);
    }
}

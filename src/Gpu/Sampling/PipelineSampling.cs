using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Maths;
using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Models.Flux;
using PortraitGen.Gpu.Models.Vae;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Gpu.Tensors;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Sampling;

/// <summary>What sampling asks of a pipeline.</summary>
public static class PipelineSampling
{
    /// <summary>Prompts encoded, without gradients.</summary>
    public static Conditioning Condition(this IPromptEncoder text, IReadOnlyList<string> prompts)
    {
        using var off = no_grad();
        var (context, pooled) = text.Encode(prompts); // [B,L,D], [B,P]
        return new(context, pooled);
    }

    /// <summary>The policy with the specification's guidance: as it is sampled.</summary>
    public static Policy Guided(this ITextToImagePipeline pipeline, Policy policy, OdeSpec sampler, Prompts prompts)
    {
        if (pipeline.Transformer is FluxTransformer { Config.GuidanceEmbeds: true } flux)
        {
            flux.Guidance = sampler.Guidance; // FLUX.1-dev was distilled to take it as a number: one pass, no negative prompt
            return policy;
        }
        return sampler.Guidance == 1 ? policy : policy.Guided(sampler.Guidance, prompts.Of([sampler.NegativePrompt]));
    }

    /// <summary>The falling noise levels of a run, steps + 1 of them from 1 to 0.</summary>
    public static double[] Grid(this ITextToImagePipeline pipeline, OdeSpec sampler)
    {
        if (sampler.Schedule is ScheduleKind.Shift) return SigmaGrid.Uniform(sampler.Steps, sampler.Shift);
        var schedule = pipeline.Schedule;
        // A static shift goes through the scheduler's own times, whose last is not 0; a dynamic one gets uniform times from the pipeline, as FLUX's does.
        var levels = schedule.UseDynamicShifting
            ? schedule.Steps([.. Enumerable.Range(0, sampler.Steps).Select(i => 1 - (double)i / sampler.Steps)], schedule.Mu(pipeline.ImageTokens()))
            : schedule.Steps(sampler.Steps);
        return [.. levels.Sigmas.Select(s => (double)s)];
    }

    /// <summary>The levels of a rollout, whose trained steps must be able to carry their noise.</summary>
    /// <exception cref="ShardFailedException">Class <c>user-error</c>: a step of the model's own schedule cannot.</exception>
    public static double[] Grid(this ITextToImagePipeline pipeline, SamplerSpec sampler)
    {
        double[] grid = pipeline.Grid(sampler.Ode(sampler.Steps));
        for (int i = 0; sampler.Kernel is not KernelKind.Ode && i < sampler.MaxWindowStart + sampler.Window; i++)
            if (!KernelStep.For(sampler.Kernel, sampler.Noise, grid[i], grid[i + 1], grid[1]).IsSound)
                throw new ShardFailedException(FailureClasses.UserError, $"sampler.noise {sampler.Noise} is too much for step {i} of the base model's own schedule. Take less noise, more steps, or schedule: shift.");
        return grid;
    }

    /// <summary>Tokens of one image, by which a dynamic shift goes: SD3 and FLUX both take patches of 2x2.</summary>
    private static int ImageTokens(this ITextToImagePipeline pipeline) => (int)(pipeline.LatentShape[1] / 2 * (pipeline.LatentShape[2] / 2));

    /// <summary>Latents to images, a few at a time: [N, C, h, w] to uint8 [N, 3, H, W].</summary>
    public static Tensor DecodeToBytes(this ITextToImagePipeline pipeline, Tensor latents, ExecutionProfile profile)
    {
        using var off = no_grad();
        return cat([.. latents.split(profile.ImagesPerShard).Select(part =>
        {
            using var scope = NewDisposeScope();
            return Pixels.ToBytes(pipeline.Decode(pipeline.Vae.FromModel(part), profile)).MoveToOuterDisposeScope();
        })]);
    }

    /// <summary>[b, C, h, w], raw, to [b, 3, H, W]: whole, or in the profile's tiles.</summary>
    private static Tensor Decode(this ITextToImagePipeline pipeline, Tensor raw, ExecutionProfile profile) =>
        profile.VaeTile == 0 ? pipeline.Vae.Decode(raw) : new VaeTiles(pipeline.Vae, profile.VaeTile).Decode(raw);

    /// <summary>Images to model-scale latents (the posterior's mode), a few at a time: uint8 [N, 3, H, W] to [N, C, h, w].</summary>
    public static Tensor EncodeBytes(this ITextToImagePipeline pipeline, Tensor images, ExecutionProfile profile)
    {
        using var off = no_grad();
        return cat([.. images.split(profile.ImagesPerShard).Select(part =>
        {
            using var scope = NewDisposeScope();
            var image = Pixels.ToFloat(part);
            var moments = profile.VaeTile == 0 ? pipeline.Vae.Encode(image) : new VaeTiles(pipeline.Vae, profile.VaeTile).Encode(image); // [b,2C,h,w]
            return pipeline.Vae.ToModel(AutoencoderKL.Mode(moments)).MoveToOuterDisposeScope();
        })]);
    }
}

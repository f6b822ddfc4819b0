using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Models.Vae;
using PortraitGen.Gpu.Pretraining;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests.Pretraining;

public sealed class TrainerTests
{
    private static readonly string[] Captions = ["a woman", "a man with glasses", "a portrait", "a man"];

    [Fact]
    public void A_base_learns_and_a_chain_of_two_links_is_one_run_bit_for_bit()
    {
        using var scope = NewDisposeScope();
        using var noise = new Noise(5);
        var latents = noise.Of(4, 4, 8, 8) * 0.3;
        var losses = new List<double>();
        var whole = Run(null, 0, 30, losses);
        var second = Run(Run(null, 0, 10, []), 10, 30, []);
        foreach (var (name, value) in whole) Assert.Equal(0, GoldenTensors.Difference(value, second[name]));
        Assert.True(losses[^5..].Average() < 0.85 * losses[..5].Average(), string.Join(' ', losses.Select(l => l.ToString("F2", null))));

        Dictionary<string, Tensor> Run(Dictionary<string, Tensor>? from, int begin, int end, List<double> seen)
        {
            using var pipeline = TinyModels.Pipeline(3);
            using var trainer = new BaseTrainer(pipeline.Transformer, pipeline.TextEncoder.Encoder1, pipeline.TextEncoder.Encoder2, pipeline.TextEncoder, new(7, 30, 8, Peak: 2e-2, Ema: 0.9));
            if (from is not null) trainer.Load(from, begin);
            for (int step = begin; step < end; step++) seen.Add(trainer.Update(latents, Captions));
            Assert.Equal(end, trainer.Step);
            return trainer.State().ToDictionary(p => p.Name, p => p.Value.detach().clone());
        }
    }

    [Fact]
    public void What_ships_is_the_average_and_it_lies_between_the_weights_it_averages()
    {
        using var scope = NewDisposeScope();
        using var noise = new Noise(5);
        using var pipeline = TinyModels.Pipeline(3);
        using var trainer = new BaseTrainer(pipeline.Transformer, pipeline.TextEncoder.Encoder1, pipeline.TextEncoder.Encoder2, pipeline.TextEncoder, new(7, 30, 4, Ema: 0.9));
        var before = pipeline.Transformer.Weights["proj_out.weight"].detach().clone();
        trainer.Update(noise.Of(4, 4, 8, 8), Captions);
        var after = pipeline.Transformer.Weights["proj_out.weight"].detach().clone();
        trainer.UseAverage();
        const double decay = 2.0 / 11; // (1 + step) / (10 + step) after the first update
        GoldenTensors.AssertClose(before * decay + after * (1 - decay), pipeline.Transformer.Weights["proj_out.weight"], 1e-6, "average");
        Assert.True(GoldenTensors.Difference(before, after) > 1e-6);
    }

    [Fact]
    public void A_VAE_learns_and_a_chain_of_two_links_is_one_run_bit_for_bit()
    {
        using var scope = NewDisposeScope();
        using var noise = new Noise(6);
        var images = ((noise.Of(4, 3, 1, 1) * 40 + 128) + noise.Of(4, 3, 16, 16) * 5).clamp(0, 255).to(ScalarType.Byte);
        var psnr = new List<double>();
        var whole = Run(null, 0, 40, psnr);
        var second = Run(Run(null, 0, 15, []), 15, 40, []);
        foreach (var (name, value) in whole) Assert.Equal(0, GoldenTensors.Difference(value, second[name]));
        Assert.True(psnr[^5..].Average() > psnr[..5].Average() + 3, string.Join(' ', psnr.Select(l => l.ToString("F1", null))));

        Dictionary<string, Tensor> Run(Dictionary<string, Tensor>? from, int begin, int end, List<double> seen)
        {
            using var weights = new Noise(9);
            using var vae = new AutoencoderKL(TinyModels.Vae, new Weights(VaeInit.Source(weights.Of)));
            using var trainer = new VaeTrainer(vae, new(7, 40, 4, Peak: 1e-2));
            if (from is not null) trainer.Load(from, begin);
            for (int step = begin; step < end; step++) seen.Add(trainer.Update(images).Psnr);
            return trainer.State().ToDictionary(p => p.Name, p => p.Value.detach().clone());
        }
    }
}

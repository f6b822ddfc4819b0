using PortraitGen.Domain.Campaigns;
using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Models.Memory;

namespace PortraitGen.Gpu.Tests.Models.Memory;

public sealed class MemoryPlanTests
{
    /// <summary>Two groups of that many images at once.</summary>
    internal static CampaignSpec Spec(int size) => new() { Group = new() { Size = size }, Profile = new() { GroupsPerShard = 2 } };

    [Theory]
    [InlineData("FLUX.1-schnell", 23.78e9)]
    [InlineData("stable-diffusion-3-medium", 8.3e9)]
    public void Layouts_without_weights_are_planned_too(string layout, double transformer)
    {
        var plan = new MemoryPlan(DiffusersFolder.Open(Path.Combine(AppContext.BaseDirectory, "Layouts", layout)), new CampaignSpec());
        foreach (var part in plan.Parts) TestContext.Current.TestOutputHelper?.WriteLine($"{part.Name}: {part.Bytes / 1e9:0.00} GB, {part.Note}");
        Assert.InRange(plan.Parts.Single(part => part.Name == "transformer").Bytes, transformer * 0.98, transformer * 1.02);
        Assert.True(plan.Recomputed < plan.Training);
    }

    /// <summary>15 %: what a plan is for. It leaves out small tensors, scratch memory of libraries and the managed heap.</summary>
    [Theory, InlineData("tiny", 7), InlineData("sd3", 2), InlineData("flux", 2)]
    public async Task The_plan_is_within_15_percent_of_the_measured_peak(string model, int size)
    {
        string scratch = Directory.CreateTempSubdirectory("portraitgen-planned-").FullName;
        try
        {
            string folder = PlannedModels.Make(model, scratch);
            var plan = new MemoryPlan(DiffusersFolder.Open(folder), Spec(size));
            var referenced = new MemoryPlan(DiffusersFolder.Open(folder), Spec(size) with { Optimizer = new() { KlWeight = 0.1 } });
            var measured = await OwnProcess.AskAsync<MeasuredPeaks>($"{typeof(MeasuredMemory).FullName}.{nameof(MeasuredMemory.Measure)}", $"{size} {folder}", TestContext.Current.CancellationToken);
            Assert.Multiple(
                () => Close("weights", plan.Weights, measured.Weights),
                () => Close("training", plan.Training + plan.Adapter, measured.Training),
                () => Close("training with recomputation", plan.Recomputed, measured.Recomputed),
                () => Close("training with a reference", referenced.Training + plan.Adapter, measured.WithReference),
                () => Close("both", referenced.Recomputed, measured.RecomputedWithReference),
                () => Close("sampling", plan.Sampling, measured.Sampling),
                () => Close("decoding", plan.Decoding, measured.Decoding));
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }

        static void Close(string what, long planned, long measured)
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"{what}: planned {planned / 1e6:0.0} MB, measured {measured / 1e6:0.0} MB, {(double)planned / measured - 1:+0.0%;-0.0%}");
            Assert.True(Math.Abs((double)planned / measured - 1) <= 0.15, $"{what}: planned {planned:N0}, measured {measured:N0}");
        }
    }
}

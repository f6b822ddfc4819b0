using System.Globalization;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Maths;
using PortraitGen.Gpu.Models.Sd3;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Gpu.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests.Sampling;

/// <summary>The grids of a base model's own scheduler.</summary>
public sealed class GridTests : IDisposable
{
    private readonly Sd3Pipeline _made = TinyModels.Pipeline(3);

    public static TheoryData<string> Files => Goldens.Files("flowmatch");

    public void Dispose() => _made.Dispose();

    [Theory, MemberData(nameof(Files))]
    public void A_static_schedule_is_the_references(string name)
    {
        using var scope = NewDisposeScope();
        using var golden = Goldens.Open(name);
        var runs = golden.Entries.Keys.Where(k => k.StartsWith("sd3_shift3.", StringComparison.Ordinal) && k.EndsWith(".sigmas", StringComparison.Ordinal)).Where(k => !k.Contains(".1.", StringComparison.Ordinal)).ToArray();
        Assert.All(runs, run =>
        {
            int steps = int.Parse(run.Split('.')[1], CultureInfo.InvariantCulture);
            double[] grid = (_made with { Schedule = new() { Shift = 3 } }).Grid(new SamplerSpec { Schedule = ScheduleKind.Model }.Ode(steps));
            GoldenTensors.AssertClose(golden.Read(run), tensor(grid).to(ScalarType.Float32), 1e-6, run);
        });
    }

    /// <summary>FLUX's pipeline gives uniform times; mu is a line in the number of image tokens, here 16.</summary>
    [Fact]
    public void A_dynamic_schedule_shifts_by_the_number_of_image_tokens()
    {
        var dynamic = _made with { Schedule = new() { UseDynamicShifting = true } };
        double[] grid = dynamic.Grid(new SamplerSpec { Schedule = ScheduleKind.Model }.Ode(6));
        double mu = 0.5 + (16 - 256) * (1.15 - 0.5) / (4096 - 256);
        double[] expected = SigmaGrid.Uniform(6, Math.Exp(mu));
        Assert.Equal(7, grid.Length);
        for (int i = 0; i < 7; i++) Assert.Equal(expected[i], grid[i], 1e-6); // e^mu / (e^mu + 1/t - 1) is a static shift by e^mu
        Assert.Equal(SigmaGrid.Uniform(6, 2), dynamic.Grid(new SamplerSpec { Shift = 2 }.Ode(6)));
    }

    [Fact]
    public void A_model_schedule_that_cannot_carry_the_noise_is_refused_in_words()
    {
        var steep = _made with { Schedule = new() { Shift = 10 } };
        var failed = Assert.Throws<ShardFailedException>(() => steep.Grid(new SamplerSpec { Kernel = KernelKind.FlowSde, Noise = 1, Steps = 3, Window = 2, MaxWindowStart = 0, Schedule = ScheduleKind.Model }));
        Assert.Equal(FailureClasses.UserError, failed.FailureClass);
        Assert.Contains("sampler.noise", failed.Message, StringComparison.Ordinal);
    }
}

using Microsoft.Extensions.DependencyInjection;
using PortraitGen.Gpu.Bench;
using PortraitGen.Gpu.Curation;
using PortraitGen.Gpu.Grpo;
using PortraitGen.Gpu.Inversion;
using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Pretraining;
using PortraitGen.Gpu.Rewards;
using PortraitGen.Gpu.Sampling;

namespace PortraitGen.Gpu.Runtime;

/// <summary>Everything a worker can do, in one place.</summary>
public static class ShardHandlers
{
    /// <param name="services">The worker's services.</param>
    /// <param name="modelFolder">Where base models are unpacked; they stay there between runs.</param>
    public static IServiceCollection AddShardHandlers(this IServiceCollection services, string modelFolder) => services
        .AddSingleton(new ModelStore(modelFolder))
        .AddSingleton<ModelPool>()
        .AddSingleton<IShardHandler, CurateHandler>()
        .AddSingleton<IShardHandler, PretrainHandler>()
        .AddSingleton<IShardHandler, EmbedHandler>()
        .AddSingleton<IShardHandler, InvertHandler>()
        .AddSingleton<IShardHandler, LabelHandler>()
        .AddSingleton<IShardHandler, TrainRewardHandler>()
        .AddSingleton<IShardHandler, RolloutHandler>()
        .AddSingleton<IShardHandler, ScoreHandler>()
        .AddSingleton<IShardHandler, GradientHandler>()
        .AddSingleton<IShardHandler, UpdateHandler>()
        .AddSingleton<IShardHandler, BenchmarkHandler>();
}

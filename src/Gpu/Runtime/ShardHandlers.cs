using Microsoft.Extensions.DependencyInjection;
using PortraitGen.Gpu.Curation;

namespace PortraitGen.Gpu.Runtime;

/// <summary>What a worker can do: one list for its own process and for the server's.</summary>
public static class ShardHandlers
{
    public static IServiceCollection AddShardHandlers(this IServiceCollection services) => services
        .AddSingleton<IShardHandler, CurateHandler>();
}

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Jobs.Artifacts;

const long CacheBytes = 20L << 30;
string cache = Environment.GetEnvironmentVariable("PORTRAITGEN_WORKER_CACHE") is { Length: > 0 } set
    ? set
    : Path.Combine(Path.GetTempPath(), "portraitgen-worker");

return await WorkerHost.RunAsync(args, (services, settings) => services
    .AddSingleton<IArtifactStore>(provider => ArtifactStores.OpenCached(settings.S3, cache, Path.Combine(cache, "objects"), CacheBytes,
        provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILoggerFactory>()))
    .AddShardHandlers(Path.Combine(cache, "models")));

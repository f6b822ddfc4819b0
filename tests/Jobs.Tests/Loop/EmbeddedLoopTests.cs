using PortraitGen.Jobs.Hosting;
using PortraitGen.Jobs.Tests.Toys;

namespace PortraitGen.Jobs.Tests.Loop;

/// <summary>The loop on SQLite, the in-process bus and time in memory.</summary>
public sealed class EmbeddedLoopTests : LoopSuite, IDisposable
{
    private readonly ScratchFolder _folder = new();

    protected override Task<JobsOptions> FreshAsync() => Task.FromResult(new JobsOptions { DataFolder = _folder.Fresh() });

    public void Dispose() => _folder.Dispose();
}

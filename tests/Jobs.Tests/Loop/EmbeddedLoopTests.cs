using PortraitGen.Domain.Artifacts;
using PortraitGen.Jobs.Artifacts;
using PortraitGen.Jobs.Hosting;
using PortraitGen.Jobs.Tests.Toys;

namespace PortraitGen.Jobs.Tests.Loop;

// The suites on SQLite, the in-process bus and time in memory.

public sealed class EmbeddedLoopTests : LoopSuite, IDisposable
{
    private readonly ScratchFolder _folder = new();

    protected override Task<JobsOptions> FreshAsync() => Task.FromResult(new JobsOptions { DataFolder = _folder.Fresh() });

    public void Dispose() => _folder.Dispose();
}

public sealed class EmbeddedRaceTests : RaceSuite, IDisposable
{
    private readonly ScratchFolder _folder = new();

    protected override Task<JobsOptions> FreshAsync() => Task.FromResult(new JobsOptions { DataFolder = _folder.Fresh() });

    public void Dispose() => _folder.Dispose();
}

public sealed class EmbeddedWorkerRaceTests : WorkerRaceSuite, IDisposable
{
    private readonly ScratchFolder _folder = new();

    protected override Task<JobsOptions> FreshAsync() => Task.FromResult(new JobsOptions { DataFolder = _folder.Fresh() });

    public void Dispose() => _folder.Dispose();
}

public sealed class EmbeddedControlRaceTests : ControlRaceSuite, IDisposable
{
    private readonly ScratchFolder _folder = new();

    protected override Task<JobsOptions> FreshAsync() => Task.FromResult(new JobsOptions { DataFolder = _folder.Fresh() });

    public void Dispose() => _folder.Dispose();
}

public sealed class EmbeddedFailureTests : FailureSuite, IDisposable
{
    private readonly ScratchFolder _folder = new();

    protected override Task<JobsOptions> FreshAsync() => Task.FromResult(new JobsOptions { DataFolder = _folder.Fresh() });

    public void Dispose() => _folder.Dispose();
}

public sealed class EmbeddedControlTests : ControlSuite, IDisposable
{
    private readonly ScratchFolder _folder = new();

    protected override Task<JobsOptions> FreshAsync() => Task.FromResult(new JobsOptions { DataFolder = _folder.Fresh() });

    public void Dispose() => _folder.Dispose();
}

public sealed class EmbeddedScheduleTests : ScheduleSuite, IDisposable
{
    private readonly ScratchFolder _folder = new();

    protected override Task<JobsOptions> FreshAsync() => Task.FromResult(new JobsOptions { DataFolder = _folder.Fresh() });

    public void Dispose() => _folder.Dispose();
}

public sealed class EmbeddedCollectionTests : CollectionSuite, IDisposable
{
    private readonly ScratchFolder _folder = new();
    private FolderArtifactStore? _store;

    protected override Task<JobsOptions> FreshAsync() => Task.FromResult(new JobsOptions { DataFolder = _folder.Fresh() });

    protected override IArtifactStore Store() => _store ??= new(_folder.Fresh());

    public void Dispose() => _folder.Dispose();
}

public sealed class EmbeddedUpgradeTests : UpgradeSuite, IDisposable
{
    private readonly ScratchFolder _folder = new();

    protected override Task<JobsOptions> FreshAsync() => Task.FromResult(new JobsOptions { DataFolder = _folder.Fresh() });

    public void Dispose() => _folder.Dispose();
}

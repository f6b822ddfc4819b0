using PortraitGen.Jobs.Hosting;
using PortraitGen.Jobs.Tests.Loop;

namespace PortraitGen.Conformance.Tests.Data;

// The suites on real PostgreSQL, for rows and for time.

[Collection(nameof(ServerCollection))]
public sealed class PostgresRaceTests : RaceSuite
{
    protected override async Task<JobsOptions> FreshAsync() => new() { Postgres = await PostgresServer.FreshDatabaseAsync() };
}

[Collection(nameof(ServerCollection))]
public sealed class PostgresWorkerRaceTests : WorkerRaceSuite
{
    protected override async Task<JobsOptions> FreshAsync() => new() { Postgres = await PostgresServer.FreshDatabaseAsync() };
}

[Collection(nameof(ServerCollection))]
public sealed class PostgresControlRaceTests : ControlRaceSuite
{
    protected override async Task<JobsOptions> FreshAsync() => new() { Postgres = await PostgresServer.FreshDatabaseAsync() };
}

[Collection(nameof(ServerCollection))]
public sealed class PostgresLoopTests : LoopSuite
{
    protected override async Task<JobsOptions> FreshAsync() => new() { Postgres = await PostgresServer.FreshDatabaseAsync() };
}

[Collection(nameof(ServerCollection))]
public sealed class PostgresUpgradeTests : UpgradeSuite
{
    protected override async Task<JobsOptions> FreshAsync() => new() { Postgres = await PostgresServer.FreshDatabaseAsync() };
}

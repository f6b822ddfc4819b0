using PortraitGen.Conformance.Tests.Data;
using PortraitGen.Jobs.Hosting;
using PortraitGen.Jobs.Tests.Loop;

namespace PortraitGen.Conformance.Tests.Messaging;

// The suites on real PostgreSQL and real RabbitMQ.

[Collection(nameof(ServerCollection))]
public sealed class RabbitLoopTests : LoopSuite
{
    protected override async Task<JobsOptions> FreshAsync() =>
        new() { Postgres = await PostgresServer.FreshDatabaseAsync(), RabbitMq = await RabbitServer.FreshAsync() };
}

[Collection(nameof(ServerCollection))]
public sealed class RabbitFailureTests : FailureSuite
{
    protected override async Task<JobsOptions> FreshAsync() =>
        new() { Postgres = await PostgresServer.FreshDatabaseAsync(), RabbitMq = await RabbitServer.FreshAsync() };
}

[Collection(nameof(ServerCollection))]
public sealed class RabbitControlTests : ControlSuite
{
    protected override async Task<JobsOptions> FreshAsync() =>
        new() { Postgres = await PostgresServer.FreshDatabaseAsync(), RabbitMq = await RabbitServer.FreshAsync() };
}

[Collection(nameof(ServerCollection))]
public sealed class RabbitScheduleTests : ScheduleSuite
{
    protected override async Task<JobsOptions> FreshAsync() =>
        new() { Postgres = await PostgresServer.FreshDatabaseAsync(), RabbitMq = await RabbitServer.FreshAsync() };
}

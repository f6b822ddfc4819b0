using PortraitGen.Conformance.Tests.Data;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Jobs.Artifacts;
using PortraitGen.Jobs.Hosting;
using PortraitGen.Jobs.Tests.Loop;

namespace PortraitGen.Conformance.Tests.Artifacts;

/// <summary>Collection with rows in real PostgreSQL and bytes in real S3.</summary>
[Collection(nameof(ServerCollection))]
public sealed class S3CollectionTests : CollectionSuite, IAsyncDisposable
{
    private readonly S3Bucket _bucket = new();
    private S3ArtifactStore? _store;

    protected override async Task<JobsOptions> FreshAsync() => new() { Postgres = await PostgresServer.FreshDatabaseAsync() };

    protected override IArtifactStore Store() => _store ??= new(_bucket.Options);

    public async ValueTask DisposeAsync()
    {
        _store?.Dispose();
        await _bucket.DisposeAsync();
    }
}

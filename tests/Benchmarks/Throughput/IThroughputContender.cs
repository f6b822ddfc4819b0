namespace PortraitGen.Benchmarks.Throughput;

/// <summary>Something that does many small pieces of work. It is started for each turn and gone before the next one's, so that no contender works beside another.</summary>
internal interface IThroughputContender : IAsyncDisposable
{
    /// <summary>Returns when all are done.</summary>
    Task RunAsync(int pieces, CancellationToken cancel);
}

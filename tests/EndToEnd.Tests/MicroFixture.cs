using System.Collections.Concurrent;
using System.Diagnostics;
using PortraitGen.EndToEnd.Tests;
using PortraitGen.EndToEnd.Tests.Micro;
using PortraitGen.EndToEnd.Tests.Processes;

[assembly: AssemblyFixture(typeof(MicroFixture))]
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace PortraitGen.EndToEnd.Tests;

/// <summary>The micro base model, and the hash that the campaign has without servers and without faults: what every other run is held against.</summary>
public sealed class MicroFixture : IDisposable
{
    private readonly ConcurrentDictionary<int, Lazy<Task<string>>> _embedded = new();

    public MicroFixture()
    {
        Folder = Directory.CreateTempSubdirectory("portraitgen-e2e-").FullName;
        Models = Path.Combine(Folder, "models");
        MicroModel.Write(Models);
    }

    /// <summary>Where the tests keep what they have; gone at the end.</summary>
    public string Folder { get; }

    /// <summary>The folder that holds the model's folder.</summary>
    public string Models { get; }

    /// <summary>A new, empty folder.</summary>
    public string Fresh() => Directory.CreateDirectory(Path.Combine(Folder, Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString("N"))).FullName;

    /// <summary>The final checkpoint's hash of the embedded run: SQLite, the bus in the process, a folder. Run once, by whoever asks first.</summary>
    public Task<string> EmbeddedHashAsync(int epochs = MicroCampaign.Epochs) => _embedded.GetOrAdd(epochs, n => new(() => RunEmbeddedAsync(n))).Value;

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private async Task<string> RunEmbeddedAsync(int epochs)
    {
        var watch = Stopwatch.StartNew();
        await using var server = await ServerProcess.StartAsync(Models, Fresh(), new Dictionary<string, string?>());
        try
        {
            var result = await new MicroCampaign(server.Http, epochs).RunAsync(CancellationToken.None);
            Timings.Say("embedded", result, watch);
            return result.Hash;
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"The embedded run failed: {e.Message}\n{server.Tails()}", e);
        }
    }
}

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
    private readonly Lazy<Task<string>> _embedded;

    public MicroFixture()
    {
        Folder = Directory.CreateTempSubdirectory("portraitgen-e2e-").FullName;
        Models = Path.Combine(Folder, "models");
        MicroModel.Write(Models);
        _embedded = new(RunEmbeddedAsync);
    }

    /// <summary>Where the tests keep what they have; gone at the end.</summary>
    public string Folder { get; }

    /// <summary>The folder that holds the model's folder.</summary>
    public string Models { get; }

    /// <summary>A new, empty folder.</summary>
    public string Fresh() => Directory.CreateDirectory(Path.Combine(Folder, Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString("N"))).FullName;

    /// <summary>The final checkpoint's hash of the embedded run: SQLite, the bus in the process, a folder. Run once, by whoever asks first.</summary>
    public Task<string> EmbeddedHashAsync() => _embedded.Value;

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private async Task<string> RunEmbeddedAsync()
    {
        var watch = Stopwatch.StartNew();
        await using var server = await ServerProcess.StartAsync(Models, Fresh(), place: null);
        try
        {
            var result = await new MicroCampaign(server).RunAsync(CancellationToken.None);
            Timings.Say("embedded", result, watch);
            return result.Hash;
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"The embedded run failed: {e.Message}\n{server.Tails()}", e);
        }
    }
}

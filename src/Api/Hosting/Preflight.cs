using PortraitGen.Api.Doctor;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Jobs.Artifacts;
using PortraitGen.Jobs.Data;
using PortraitGen.Jobs.Hosting;

namespace PortraitGen.Api.Hosting;

/// <summary>A configured server that cannot be used: its address without a password, what was tried, and what to do.</summary>
public sealed class ServerNotReadyException(string message) : Exception(message);

/// <summary>Waits for the servers that are configured, so that a start fails with their names and not somewhere within.</summary>
public static class Preflight
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <param name="settings">Their addresses can be read: <see cref="JobsOptions.FromEnvironment"/> sees to it.</param>
    /// <exception cref="ServerNotReadyException">One does not answer within the settings' patience.</exception>
    public static async Task RunAsync(ServeSettings settings, TimeProvider clock, CancellationToken cancel)
    {
        var (postgres, rabbit, s3) = (settings.Jobs.Postgres, settings.Jobs.RabbitMq, settings.Jobs.S3);
        if (postgres is not null) await WaitAsync("PORTRAITGEN_POSTGRES", settings.Jobs.Describe(), c => ServerChecks.PostgresAsync(postgres, c), settings.Patience, clock, cancel);
        if (rabbit is not null) await WaitAsync("PORTRAITGEN_RABBITMQ", Place(rabbit), c => ServerChecks.RabbitMqAsync(rabbit, c), settings.Patience, clock, cancel);
        if (s3 is not null) await WaitAsync("PORTRAITGEN_S3", Place(s3), c => BlobsAsync(settings.Jobs, c), settings.Patience, clock, cancel);
    }

    private static string Place(string url)
    {
        var uri = new Uri(url);
        return $"{uri.Host}:{uri.Port}{uri.AbsolutePath}";
    }

    /// <summary>As the store itself will: it makes its bucket when there is none.</summary>
    private static async Task<DoctorFinding> BlobsAsync(JobsOptions jobs, CancellationToken cancel)
    {
        try
        {
            using var store = new S3ArtifactStore(S3Options.Parse(jobs.S3!), new() { Attempts = 1, Silence = TimeSpan.FromSeconds(5) });
            await store.ExistsAsync(ContentHash.Of([]), cancel);
            return new("S3", DoctorLevel.Ok, "answers");
        }
        catch (ArtifactStoreException e)
        {
            return new("S3", DoctorLevel.Fail, e.Message.ReplaceLineEndings(" "), "Start the server, or correct address, key or bucket.");
        }
    }

    private static async Task WaitAsync(string variable, string place, Func<CancellationToken, Task<DoctorFinding>> check, TimeSpan patience, TimeProvider clock, CancellationToken cancel)
    {
        long began = clock.GetTimestamp();
        for (int tries = 1; ; tries++)
        {
            var finding = await AskAsync(variable, place, check, patience, cancel);
            if (finding.Level is not DoctorLevel.Fail) return;
            var took = clock.GetElapsedTime(began);
            if (took + Pause >= patience)
                throw new ServerNotReadyException(
                    $"{finding.Name}: {finding.Finding.TrimEnd('.')}. Tried {tries} times in {took.TotalSeconds:F0} s. {finding.Cure} The setting is {variable}; unset, the embedded form is used.");
            await Task.Delay(Pause, clock, cancel);
        }
    }

    private static async Task<DoctorFinding> AskAsync(string variable, string place, Func<CancellationToken, Task<DoctorFinding>> check, TimeSpan patience, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(patience + Pause);
        try
        {
            return await check(limit.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new(variable["PORTRAITGEN_".Length..], DoctorLevel.Fail, $"no answer from {place}", "Check the address, and that no firewall swallows the packets.");
        }
    }
}

using System.Net;
using System.Net.Sockets;
using Amazon.Runtime;
using Amazon.S3;
using Microsoft.Extensions.Logging;

namespace PortraitGen.Jobs.Artifacts;

/// <summary>Makes one S3 call in a bounded number of tries, and words what is left of its failures.</summary>
/// <remarks>The SDK's own retries are off: they would multiply with these, and they never read a body again.</remarks>
internal sealed partial class S3Calls(S3Options options, S3Patience patience, TimeProvider clock, ILogger logger)
{
    /// <summary>One try: its number from 1, and the token that ends it when the server is silent for too long.</summary>
    public delegate Task<T> Attempt<T>(int attempt, CancellationToken cancel);

    public async Task<T> RunAsync<T>(string verb, string key, long bytes, Attempt<T> run, CancellationToken cancel)
    {
        long start = clock.GetTimestamp();
        for (int attempt = 1; ; attempt++)
        {
            using var limit = new CancellationTokenSource(patience.LimitFor(bytes), clock);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
            try
            {
                return await run(attempt, both.Token);
            }
            catch (Exception e) when (cancel.IsCancellationRequested && e is not OperationCanceledException)
            {
                throw new OperationCanceledException(e.Message, e, cancel); // the SDK may wrap what the token caused
            }
            catch (Exception e) when (!cancel.IsCancellationRequested && IsPassing(e))
            {
                if (attempt >= patience.Attempts) throw Exhausted(verb, key, attempt, clock.GetElapsedTime(start), e);
                LogRetry(verb, key, attempt, patience.Attempts, Reason(e));
            }
            catch (AmazonS3Exception e) when (e.ErrorCode == "NoSuchBucket")
            {
                throw new ArtifactStoreException($"The bucket {options.Bucket} is not at {options.Server.Authority}. Make it, or allow it to be made with ?create=yes in the S3 setting.", e);
            }
            catch (AmazonS3Exception e) when (e.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized)
            {
                throw new ArtifactStoreException($"{options} refused {verb} {key} for the key {options.AccessKey} ({e.ErrorCode ?? "Forbidden"}). Check KEY and SECRET in the S3 setting, what the key may do, and this machine's clock.", e);
            }

            await Task.Delay(patience.DelayAfter(attempt, key), clock, cancel);
        }
    }

    public static bool IsMissing(Exception e) => e is AmazonS3Exception { StatusCode: HttpStatusCode.NotFound } s3 && s3.ErrorCode != "NoSuchBucket";

    /// <summary>Whether the same call may well succeed a moment later.</summary>
    private static bool IsPassing(Exception e) => e switch
    {
        AmazonServiceException { StatusCode: >= HttpStatusCode.InternalServerError or HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout } => true,
        AmazonServiceException { StatusCode: HttpStatusCode.Conflict } => true, // two conditional writes at once: one must come again
        AmazonServiceException { ErrorCode: "RequestTimeout" or "SlowDown" or "IncompleteBody" } => true,
        AmazonServiceException { StatusCode: 0 } => true, // no answer at all
        AmazonUnmarshallingException => true, // an answer cut short
        AmazonServiceException => false,
        ArtifactStoreException => false,
        AmazonClientException or HttpRequestException or IOException or SocketException or WebException or OperationCanceledException => true,
        _ => false,
    };

    private ArtifactStoreException Exhausted(string verb, string key, int attempts, TimeSpan elapsed, Exception e) => new(
        $"{options} did not answer {verb} {key}: {attempts} tries in {elapsed.TotalSeconds:F1} s, the last ended with: {Reason(e)}. Check that the server runs and that its address in the S3 setting is right.", e);

    /// <summary>The innermost message, on one line, as the SDK wraps what the network said.</summary>
    private static string Reason(Exception e)
    {
        if (e is AmazonServiceException { StatusCode: not 0 } answer) return $"HTTP {(int)answer.StatusCode} {answer.ErrorCode}".TrimEnd();
        if (e is OperationCanceledException) return "no answer in time";
        while (e.InnerException is { } inner) e = inner;
        return e.Message.ReplaceLineEndings(" ").TrimEnd('.');
    }

    [LoggerMessage(1411, LogLevel.Warning, "S3 {Verb} {Key}: try {Attempt} of {Attempts} failed: {Reason}")]
    private partial void LogRetry(string verb, string key, int attempt, int attempts, string reason);
}

using System.Collections.Concurrent;
using System.Net;
using System.Runtime.InteropServices;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Amazon.S3.Transfer;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using PortraitGen.Domain.Artifacts;

namespace PortraitGen.Jobs.Artifacts;

/// <summary>The artifact store in a bucket of any S3-compatible server that honours If-None-Match.</summary>
/// <remarks>Each object carries its SHA-256 as metadata, for people; what is believed is the hash of the bytes that arrive.</remarks>
public sealed partial class S3ArtifactStore : IArtifactStore, IDisposable
{
    /// <summary>Above this an object is sent in parts. Bytes.</summary>
    public const long MultipartFrom = 16 * 1024 * 1024;

    private const string HashMark = "sha256", WriterMark = "writer";

    private readonly S3Options _options;
    private readonly S3Patience _patience;
    private readonly TimeProvider _clock;
    private readonly S3Calls _calls;
    private readonly AmazonS3Client _client;
    private readonly TransferUtility _transfers;
    private readonly SemaphoreSlim _bucketGate = new(1, 1);
    private readonly ConcurrentDictionary<ContentHash, bool> _damaged = new();
    private volatile bool _bucketReady;

    /// <param name="options">Where the bucket is.</param>
    /// <param name="patience">How failures that may pass are borne.</param>
    /// <param name="clock">Drives waits and limits.</param>
    /// <param name="logger">Hears of every repeated try.</param>
    public S3ArtifactStore(S3Options options, S3Patience? patience = null, TimeProvider? clock = null, ILogger<S3ArtifactStore>? logger = null)
    {
        (_options, _patience, _clock) = (options, patience ?? new(), clock ?? TimeProvider.System);
        _calls = new(options, _patience, _clock, logger ?? NullLogger<S3ArtifactStore>.Instance);
        var config = new AmazonS3Config
        {
            ServiceURL = options.Server.GetLeftPart(UriPartial.Authority),
            ForcePathStyle = true,
            AuthenticationRegion = options.Region,
            // Checksums in trailers break uploads on most servers other than Amazon's.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            MaxErrorRetry = 0,
            Timeout = Timeout.InfiniteTimeSpan, // each try has its own limit
        };
        _client = new(new BasicAWSCredentials(options.AccessKey, options.SecretKey), config);
        _transfers = new(_client, new TransferUtilityConfig { MinSizeBeforePartUpload = MultipartFrom, ConcurrentServiceRequests = 2 });
    }

    public async Task<ArtifactRef> PutAsync(ReadOnlyMemory<byte> content, string mediaType, CancellationToken cancel)
    {
        var hash = ContentHash.Of(content.Span);
        string key = ArtifactNames.KeyOf(hash);
        await EnsureBucketAsync(cancel);
        if (content.Length < MultipartFrom)
            // Sent even when it is there: as cheap as a question, and it heals a damaged object.
            await _calls.RunAsync("PUT", key, content.Length, (_, c) => _client.PutObjectAsync(SmallPut(key, content, mediaType, hash), c), cancel);
        else if (_damaged.TryRemove(hash, out _) || !await IsWholeAsync(key, hash, content.Length, cancel))
            await _calls.RunAsync("PUT", key, content.Length, (_, c) => SendPartsAsync(key, content, mediaType, hash, c), cancel);
        return new(hash, content.Length, mediaType);
    }

    public async Task<byte[]> GetAsync(ContentHash hash, CancellationToken cancel)
    {
        string key = ArtifactNames.KeyOf(hash);
        await EnsureBucketAsync(cancel);
        for (int read = 1; ; read++)
        {
            byte[]? content = await ReadAsync(key, named: false, cancel);
            // Again and again, as a collector at work may take it away between the two.
            while (content is null && await RestoreAsync(key, cancel)) content = await ReadAsync(key, named: false, cancel);
            if (content is null) throw new ArtifactMissingException(hash.Hex, Describe());
            var found = ContentHash.Of(content);
            if (found == hash) return content;
            if (read >= _patience.CorruptReads)
            {
                _damaged[hash] = true;
                throw new ArtifactCorruptException(hash.Hex, found.Hex, Describe());
            }

            await Task.Delay(_patience.DelayAfter(read, key), _clock, cancel);
        }
    }

    public async Task<bool> ExistsAsync(ContentHash hash, CancellationToken cancel)
    {
        await EnsureBucketAsync(cancel);
        return await HeadAsync(ArtifactNames.KeyOf(hash), cancel) is not null;
    }

    public async Task<bool> TryPutNamedAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancel)
    {
        string key = ArtifactNames.KeyOf(name);
        await EnsureBucketAsync(cancel);
        string writer = Guid.CreateVersion7(_clock.GetUtcNow()).ToString("N");
        return await _calls.RunAsync("PUT", key, content.Length, async (_, c) =>
        {
            var request = SmallPut(key, content, MediaTypes.Binary, ContentHash.Of(content.Span));
            request.IfNoneMatch = "*";
            request.Metadata.Add(WriterMark, writer);
            try
            {
                await _client.PutObjectAsync(request, c);
                return true;
            }
            catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.PreconditionFailed)
            {
                // After a lost answer the object in our way may be our own. The HTTP client, too, sends again unasked.
                return await HeadAsync(key, c) is { } head && head.Metadata[WriterMark] == writer;
            }
        }, cancel);
    }

    public async Task<byte[]?> GetNamedAsync(string name, CancellationToken cancel)
    {
        string key = ArtifactNames.KeyOf(name);
        await EnsureBucketAsync(cancel);
        return await ReadAsync(key, named: true, cancel);
    }

    /// <summary>An address that lets whoever holds it read this one object for a while, without a key.</summary>
    public Uri PresignGet(ContentHash hash, TimeSpan validity) => new(_client.GetPreSignedURL(new GetPreSignedUrlRequest
    {
        BucketName = _options.Bucket,
        Key = ArtifactNames.KeyOf(hash),
        Verb = HttpVerb.GET,
        Protocol = _options.Server.Scheme == "https" ? Protocol.HTTPS : Protocol.HTTP,
        Expires = (_clock.GetUtcNow() + validity).UtcDateTime,
    }));

    public string Describe() => _options.ToString();

    public void Dispose()
    {
        _transfers.Dispose();
        _client.Dispose();
        _bucketGate.Dispose();
    }

    private PutObjectRequest SmallPut(string key, ReadOnlyMemory<byte> content, string mediaType, ContentHash hash)
    {
        var request = new PutObjectRequest { BucketName = _options.Bucket, Key = key, InputStream = StreamOf(content), ContentType = mediaType };
        request.Metadata.Add(HashMark, hash.Hex);
        return request;
    }

    private async Task<bool> SendPartsAsync(string key, ReadOnlyMemory<byte> content, string mediaType, ContentHash hash, CancellationToken cancel)
    {
        var request = new TransferUtilityUploadRequest { BucketName = _options.Bucket, Key = key, InputStream = StreamOf(content), ContentType = mediaType };
        request.Metadata.Add(HashMark, hash.Hex);
        await _transfers.UploadAsync(request, cancel);
        return true;
    }

    /// <summary>Whether the bucket holds this object as we would send it. An object that another hand wrote has no such mark.</summary>
    private async Task<bool> IsWholeAsync(string key, ContentHash hash, long length, CancellationToken cancel) =>
        await HeadAsync(key, cancel) is { } head && head.ContentLength == length && head.Metadata[HashMark] == hash.Hex;

    private Task<GetObjectMetadataResponse?> HeadAsync(string key, CancellationToken cancel) =>
        _calls.RunAsync<GetObjectMetadataResponse?>("HEAD", key, 0, async (_, c) =>
        {
            try
            {
                return await _client.GetObjectMetadataAsync(_options.Bucket, key, c);
            }
            catch (AmazonS3Exception e) when (S3Calls.IsMissing(e))
            {
                return null;
            }
        }, cancel);

    /// <param name="named">Whether the key does not tell the hash, so that the object's own mark is compared.</param>
    private Task<byte[]?> ReadAsync(string key, bool named, CancellationToken cancel) =>
        _calls.RunAsync("GET", key, Array.MaxLength, async (_, c) =>
        {
            using var silence = new CancellationTokenSource(_patience.Silence, _clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(c, silence.Token);
            try
            {
                var response = await _client.GetObjectAsync(_options.Bucket, key, either.Token);
                using var closing = new QuietClose(response);
                var content = new byte[response.ContentLength];
                long start = _clock.GetTimestamp();
                for (int read = 0; read < content.Length;)
                {
                    int count = await response.ResponseStream.ReadAsync(content.AsMemory(read), either.Token);
                    if (count == 0) throw new IOException($"the body ended after {read:N0} of {content.Length:N0} bytes");
                    read += count;
                    silence.CancelAfter(_patience.Silence);
                    if (_clock.GetElapsedTime(start) > _patience.LimitFor(content.Length))
                        throw new IOException($"only {read:N0} of {content.Length:N0} bytes came in {_patience.LimitFor(content.Length).TotalSeconds:F0} s");
                }

                if (named && response.Metadata[HashMark] is { Length: > 0 } mark && mark != ContentHash.Of(content).Hex)
                    throw new IOException("the bytes that came have another hash than was written");
                return content;
            }
            catch (AmazonS3Exception e) when (S3Calls.IsMissing(e))
            {
                return null;
            }
        }, cancel);

    private async Task EnsureBucketAsync(CancellationToken cancel)
    {
        if (_bucketReady) return;
        await _bucketGate.WaitAsync(cancel);
        try
        {
            if (_bucketReady) return;
            await _calls.RunAsync("bucket", _options.Bucket, 0, async (_, c) =>
            {
                try
                {
                    return await _client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = _options.Bucket, MaxKeys = 1 }, c) is not null;
                }
                catch (AmazonS3Exception e) when (_options.CreateBucket && e.StatusCode == HttpStatusCode.NotFound)
                {
                    return await CreateBucketAsync(c);
                }
            }, cancel);
            _bucketReady = true;
        }
        finally
        {
            _bucketGate.Release();
        }
    }

    private async Task<bool> CreateBucketAsync(CancellationToken cancel)
    {
        try
        {
            await _client.PutBucketAsync(new PutBucketRequest { BucketName = _options.Bucket }, cancel);
        }
        catch (AmazonS3Exception e) when (e.ErrorCode is "BucketAlreadyOwnedByYou")
        {
            // Another process made it first.
        }

        return true;
    }

    private static MemoryStream StreamOf(ReadOnlyMemory<byte> content) =>
        MemoryMarshal.TryGetArray(content, out var array)
            ? new(array.Array!, array.Offset, array.Count, writable: false)
            : new(content.ToArray(), writable: false);

    /// <summary>Closing an answer compares its MD5 with the ETag and throws on a difference; here the SHA-256 judges.</summary>
    private readonly struct QuietClose(GetObjectResponse response) : IDisposable
    {
        public void Dispose()
        {
            try
            {
                response.Dispose();
            }
            catch (AmazonClientException)
            {
                // The caller compares the bytes itself.
            }
        }
    }
}

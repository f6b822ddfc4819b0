using System.Runtime.CompilerServices;
using Amazon.S3;
using Amazon.S3.Model;
using PortraitGen.Domain.Artifacts;

namespace PortraitGen.Jobs.Artifacts;

public sealed partial class S3ArtifactStore : IArtifactInventory
{
    /// <summary>Keys of one page of a listing; servers give a thousand at most.</summary>
    internal int PageSize { get; init; } = 1000;

    public async IAsyncEnumerable<StoredItem> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancel)
    {
        await EnsureBucketAsync(cancel);
        string? next = null;
        do
        {
            var request = new ListObjectsV2Request { BucketName = _options.Bucket, Prefix = prefix, ContinuationToken = next, MaxKeys = PageSize };
            var page = await _calls.RunAsync("LIST", prefix, 0, (_, c) => _client.ListObjectsV2Async(request, c), cancel);
            foreach (var item in page.S3Objects ?? []) yield return new(item.Key, item.Size ?? 0, Utc(item.LastModified));
            next = page.IsTruncated == true ? page.NextContinuationToken : null;
        }
        while (next is not null);
    }

    public async Task<bool> DiscardAsync(string key, DateTimeOffset before, CancellationToken cancel)
    {
        await EnsureBucketAsync(cancel);
        if (await HeadAsync(key, cancel) is not { } head || Utc(head.LastModified) >= before) return false;
        if (!await CopyAsync(key, $"{ArtifactNames.Trash}/{key}", cancel)) return false;
        // Whoever writes the same bytes between the look and this finds them in the trash when they are read.
        await DeleteAsync(key, cancel);
        return true;
    }

    public async Task<bool> RestoreAsync(string key, CancellationToken cancel)
    {
        await EnsureBucketAsync(cancel);
        return await HeadAsync(key, cancel) is not null || await CopyAsync($"{ArtifactNames.Trash}/{key}", key, cancel);
    }

    public async Task PurgeAsync(string key, DateTimeOffset before, CancellationToken cancel)
    {
        await EnsureBucketAsync(cancel);
        string trash = $"{ArtifactNames.Trash}/{key}";
        if (await HeadAsync(trash, cancel) is { } head && Utc(head.LastModified) < before) await DeleteAsync(trash, cancel);
    }

    public async IAsyncEnumerable<UnfinishedUpload> UploadsAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        await EnsureBucketAsync(cancel);
        string? key = null, id = null;
        bool more;
        do
        {
            var request = new ListMultipartUploadsRequest { BucketName = _options.Bucket, KeyMarker = key, UploadIdMarker = id, MaxUploads = PageSize };
            var page = await _calls.RunAsync("LIST uploads", _options.Bucket, 0, (_, c) => _client.ListMultipartUploadsAsync(request, c), cancel);
            foreach (var upload in page.MultipartUploads ?? [])
                yield return new(upload.Key, upload.UploadId, await SizeAsync(upload, cancel), Utc(upload.Initiated));
            (key, id, more) = (page.NextKeyMarker, page.NextUploadIdMarker, page.IsTruncated == true);
        }
        while (more);
    }

    public async Task AbortAsync(UnfinishedUpload upload, CancellationToken cancel)
    {
        await EnsureBucketAsync(cancel);
        await _calls.RunAsync("ABORT", upload.Key, 0, async (_, c) =>
        {
            try
            {
                return await _client.AbortMultipartUploadAsync(new AbortMultipartUploadRequest { BucketName = _options.Bucket, Key = upload.Key, UploadId = upload.Id }, c) is not null;
            }
            catch (AmazonS3Exception e) when (S3Calls.IsMissing(e))
            {
                return true; // it ended meanwhile
            }
        }, cancel);
    }

    /// <summary>Bytes of the parts that have arrived.</summary>
    private async Task<long> SizeAsync(MultipartUpload upload, CancellationToken cancel) => await _calls.RunAsync("LIST parts", upload.Key, 0, async (_, c) =>
    {
        try
        {
            var parts = await _client.ListPartsAsync(new ListPartsRequest { BucketName = _options.Bucket, Key = upload.Key, UploadId = upload.UploadId }, c);
            return (parts.Parts ?? []).Sum(p => p.Size ?? 0);
        }
        catch (AmazonS3Exception e) when (S3Calls.IsMissing(e))
        {
            return 0L;
        }
    }, cancel);

    /// <summary>A copy within the bucket, its marks with it. False when the source is gone.</summary>
    private Task<bool> CopyAsync(string from, string to, CancellationToken cancel) => _calls.RunAsync("COPY", from, Array.MaxLength, async (_, c) =>
    {
        try
        {
            await _client.CopyObjectAsync(new CopyObjectRequest { SourceBucket = _options.Bucket, SourceKey = from, DestinationBucket = _options.Bucket, DestinationKey = to }, c);
            return true;
        }
        catch (AmazonS3Exception e) when (S3Calls.IsMissing(e))
        {
            return false;
        }
    }, cancel);

    private async Task DeleteAsync(string key, CancellationToken cancel) =>
        await _calls.RunAsync("DELETE", key, 0, (_, c) => _client.DeleteObjectAsync(_options.Bucket, key, c), cancel);

    private static DateTimeOffset Utc(DateTime? time) => time is { } value ? new(value.ToUniversalTime(), TimeSpan.Zero) : DateTimeOffset.MinValue;
}

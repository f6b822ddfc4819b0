using System.Net;
using Amazon.S3.Model;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Jobs.Artifacts;

namespace PortraitGen.Conformance.Tests.Artifacts;

public sealed class S3ArtifactStoreTests : InventoryContract, IAsyncDisposable
{
    private readonly S3Bucket _bucket = new();
    private readonly List<S3ArtifactStore> _open = [];

    public async ValueTask DisposeAsync()
    {
        foreach (var store in _open) store.Dispose();
        await _bucket.DisposeAsync();
    }

    protected override IArtifactStore Open() => OpenS3();

    protected override IArtifactInventory OpenInventory()
    {
        var store = new S3ArtifactStore(_bucket.Options) { PageSize = 2 };
        _open.Add(store);
        return store;
    }

    protected override Task TamperAsync(ContentHash hash, byte[] bytes) => _bucket.OverwriteAsync(ArtifactNames.KeyOf(hash), bytes);

    [Fact]
    public async Task A_presigned_address_gives_the_object_without_a_key_and_no_other()
    {
        var (store, content) = (OpenS3(), Bytes(1000));
        var artifact = await store.PutAsync(content, MediaTypes.Png, Cancel);
        var other = await store.PutAsync(Bytes(10), MediaTypes.Png, Cancel);
        var address = store.PresignGet(artifact.Hash, TimeSpan.FromMinutes(5));

        using var http = new HttpClient();
        Assert.Equal(content, await http.GetByteArrayAsync(address, Cancel));
        var elsewhere = new UriBuilder(address) { Path = address.AbsolutePath.Replace(ArtifactNames.KeyOf(artifact.Hash), ArtifactNames.KeyOf(other.Hash), StringComparison.Ordinal) };
        using var refused = await http.GetAsync(elsewhere.Uri, Cancel);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    [Fact]
    public async Task Unfinished_multipart_uploads_are_listed_with_what_they_hold_and_aborted()
    {
        var inventory = OpenInventory();
        await OpenS3().PutAsync(Bytes(10), MediaTypes.Binary, Cancel);
        for (int i = 0; i < 3; i++) // more than a page
        {
            string key = ArtifactNames.KeyOf(ContentHash.Of(Bytes(20, seed: (ulong)i + 5)));
            var begun = await _bucket.Client.InitiateMultipartUploadAsync(new InitiateMultipartUploadRequest { BucketName = _bucket.Options.Bucket, Key = key }, Cancel);
            await _bucket.Client.UploadPartAsync(new UploadPartRequest
            {
                BucketName = _bucket.Options.Bucket,
                Key = key,
                UploadId = begun.UploadId,
                PartNumber = 1,
                InputStream = new MemoryStream(Bytes(5_000_000 + i)),
            }, Cancel);
        }

        var found = await UploadsAsync(inventory);
        Assert.Equal([5_000_000, 5_000_001, 5_000_002], found.Select(u => u.Length).Order());
        Assert.All(found, u => Assert.StartsWith("objects/", u.Key, StringComparison.Ordinal));
        foreach (var upload in found) await inventory.AbortAsync(upload, Cancel);
        await inventory.AbortAsync(found[0], Cancel); // ended meanwhile
        Assert.Empty(await UploadsAsync(inventory));
    }

    private static async Task<List<UnfinishedUpload>> UploadsAsync(IArtifactInventory inventory)
    {
        var uploads = new List<UnfinishedUpload>();
        await foreach (var upload in inventory.UploadsAsync(Cancel)) uploads.Add(upload);
        return uploads;
    }

    [Fact]
    public async Task A_missing_bucket_that_may_not_be_made_is_named_with_the_cure()
    {
        using var store = new S3ArtifactStore(_bucket.Options with { CreateBucket = false });
        var refused = await Assert.ThrowsAsync<ArtifactStoreException>(() => store.PutAsync(Bytes(1), MediaTypes.Binary, Cancel));
        Assert.Contains(_bucket.Options.Bucket, refused.Message, StringComparison.Ordinal);
        Assert.Contains("create=yes", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_secret_fails_at_once_and_is_not_shown()
    {
        using var store = new S3ArtifactStore(_bucket.Options with { SecretKey = "not-the-secret" });
        var refused = await Assert.ThrowsAsync<ArtifactStoreException>(() => store.PutAsync(Bytes(1), MediaTypes.Binary, Cancel));
        Assert.Contains("SignatureDoesNotMatch", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("not-the-secret", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unreachable_server_is_one_line_with_address_bucket_and_tries()
    {
        var options = _bucket.Options with { Server = new("http://127.0.0.1:9") }; // discard: nothing listens there
        using var store = new S3ArtifactStore(options, new() { Attempts = 3, FirstDelay = TimeSpan.FromMilliseconds(1) });
        var failed = await Assert.ThrowsAsync<ArtifactStoreException>(() => store.GetAsync(ContentHash.Of(Bytes(1)), Cancel));
        Assert.DoesNotContain('\n', failed.Message);
        foreach (string part in new[] { "127.0.0.1:9", options.Bucket, "3 tries", "refused" })
            Assert.Contains(part, failed.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(options.SecretKey, failed.Message, StringComparison.Ordinal);
    }

    private S3ArtifactStore OpenS3()
    {
        var store = new S3ArtifactStore(_bucket.Options);
        _open.Add(store);
        return store;
    }
}

using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using PortraitGen.Jobs.Artifacts;

namespace PortraitGen.Conformance.Tests.Artifacts;

/// <summary>A bucket of its own for one test, on the real server, and a client that goes past the adapter.</summary>
public sealed class S3Bucket : IAsyncDisposable
{
    private static int _count;

    public S3Bucket()
    {
        string address = Environment.GetEnvironmentVariable("PORTRAITGEN_TEST_S3")
            ?? throw new InvalidOperationException("PORTRAITGEN_TEST_S3 is not set, so there is no S3 server to test against. Run tests/run.sh: it starts one.");
        Options = S3Options.Parse(address, $"test-{Environment.ProcessId}-{Interlocked.Increment(ref _count)}-{TimeProvider.System.GetUtcNow():HHmmssfff}");
        var config = new AmazonS3Config
        {
            ServiceURL = Options.Server.GetLeftPart(UriPartial.Authority),
            ForcePathStyle = true,
            AuthenticationRegion = Options.Region,
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        Client = new(new BasicAWSCredentials(Options.AccessKey, Options.SecretKey), config);
    }

    public S3Options Options { get; }

    public AmazonS3Client Client { get; }

    public async Task OverwriteAsync(string key, byte[] bytes) =>
        await Client.PutObjectAsync(new PutObjectRequest { BucketName = Options.Bucket, Key = key, InputStream = new MemoryStream(bytes) });

    public async ValueTask DisposeAsync()
    {
        try
        {
            var list = await Client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = Options.Bucket });
            foreach (var item in list.S3Objects ?? []) await Client.DeleteObjectAsync(Options.Bucket, item.Key);
            await Client.DeleteBucketAsync(Options.Bucket);
        }
        catch (AmazonS3Exception e) when (e.ErrorCode == "NoSuchBucket")
        {
            // The test never wrote.
        }

        Client.Dispose();
    }
}

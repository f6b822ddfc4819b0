using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using PortraitGen.Domain.Artifacts;

namespace PortraitGen.Conformance.Tests.Http;

public sealed class ArtifactEndpointsTests(ApiServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private async Task<string> StoreAsync(string text, string type = MediaTypes.Binary) =>
        (await server.Services.GetRequiredService<IArtifactStore>().PutAsync(Encoding.UTF8.GetBytes(text), type, Cancel)).Hash.Hex;

    private async Task<HttpResponseMessage> GetAsync(string hash, Action<HttpRequestHeaders>? headers = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"api/artifacts/{hash}");
        headers?.Invoke(request.Headers);
        return await server.Http.SendAsync(request, Cancel);
    }

    [Fact]
    public async Task A_download_has_the_name_and_type_it_was_stored_under_and_may_be_kept_for_ever()
    {
        string id = await server.StartAsync("downloads");
        await server.UntilAsync(id, "succeeded");
        var artifact = (await server.GetAsync($"api/campaigns/{id}/artifacts")).AsArray().First(a => a!["name"]!.GetValue<string>() == "epoch-001/policy.safetensors")!;
        var response = await GetAsync(artifact["hash"]!.GetValue<string>());
        Assert.Equal(ContentHash.Of(await response.Content.ReadAsByteArrayAsync(Cancel)).Hex, artifact["hash"]!.GetValue<string>());
        Assert.Equal((MediaTypes.Safetensors, "attachment", "policy.safetensors"), (response.Content.Headers.ContentType!.MediaType,
            response.Content.Headers.ContentDisposition!.DispositionType, response.Content.Headers.ContentDisposition.FileName));
        Assert.Equal($"\"{artifact["hash"]}\"", response.Headers.ETag!.Tag);
        Assert.Contains("immutable", response.Headers.CacheControl!.ToString());
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
    }

    [Fact]
    public async Task A_range_continues_a_broken_download_and_a_known_tag_sends_nothing()
    {
        string hash = await StoreAsync("0123456789");
        var part = await GetAsync(hash, h => h.Range = new(4, null));
        Assert.Equal((HttpStatusCode.PartialContent, "456789"), (part.StatusCode, await part.Content.ReadAsStringAsync(Cancel)));
        Assert.Equal(HttpStatusCode.NotModified, (await GetAsync(hash, h => h.IfNoneMatch.Add(new($"\"{hash}\"")))).StatusCode);
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, (await GetAsync(hash, h => h.Range = new(10, null))).StatusCode);
    }

    [Fact]
    public async Task What_is_missing_or_no_hash_is_told_apart()
    {
        await ApiServer.ProblemAsync(await GetAsync(new string('0', 64)), 404, "not-found");
        Assert.Equal(["hash"], await ApiServer.ProblemAsync(await GetAsync("..%2F..%2Fsecret"), 422, "invalid-input"));
    }

    [Fact]
    public async Task A_corrupt_object_is_never_sent_and_its_place_is_not_told()
    {
        string hash = await StoreAsync("soon damaged");
        await File.WriteAllTextAsync(Path.Combine(server.DataFolder, "artifacts", "objects", hash[..2], hash), "damaged", Cancel);
        var response = await GetAsync(hash);
        await ApiServer.ProblemAsync(response, 500, "corrupt-artifact");
        Assert.DoesNotContain(server.DataFolder, await response.Content.ReadAsStringAsync(Cancel));
    }
}

using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using PortraitGen.Domain.Curation;
using SkiaSharp;

namespace PortraitGen.Conformance.Tests.Http;

public sealed class BatchEndpointsTests(ApiServer server)
{
    private static readonly Dictionary<string, string> Rights = new() { ["licence"] = "CC0-1.0", ["consent"] = "drawn", ["source"] = "this test" };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A sharp picture that differs by seed.</summary>
    internal static byte[] Picture(int seed, int side = 96)
    {
        using var bitmap = new SKBitmap(side, side);
        for (int y = 0; y < side; y++)
            for (int x = 0; x < side; x++)
                bitmap.SetPixel(x, y, new SKColor((byte)((x * 37 + y * 91 + seed * 53) * 7 % 256), (byte)(x * y * (seed + 3) % 256), (byte)((x ^ (y * seed)) * 5 % 256)));
        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    private async Task<HttpResponseMessage> UploadAsync(Dictionary<string, string> fields, params (string Name, byte[] Bytes)[] files)
    {
        using var form = new MultipartFormDataContent();
        foreach (var (name, bytes) in files) form.Add(new ByteArrayContent(bytes), "files", name); // before the fields: order means nothing
        foreach (var (key, value) in fields) form.Add(new StringContent(value), key);
        return await server.Http.PostAsync("api/batches", form, Cancel);
    }

    private static Dictionary<string, string> Named(string name) => new(Rights) { ["name"] = name };

    [Fact]
    public async Task A_batch_with_odd_files_becomes_a_dataset_and_each_odd_file_is_named()
    {
        var upload = await ApiServer.JsonAsync(await UploadAsync(Named("mixed"),
            ("anna.png", Picture(1)), ("anna.txt", "a woman"u8.ToArray()), ("sub/bert.png", Picture(2)), ("small.png", Picture(3, 20)), ("notes.jpg", "only words"u8.ToArray()),
            ("empty.png", []), ("huge.png", new byte[ApiServer.MaxPhotoBytes + 1]), ("lonely.txt", "nobody"u8.ToArray()), ("cut.png", Picture(4)[..500]), ("anna.png", Picture(5))), 201);
        Assert.Equal(4, upload["photos"]!.GetValue<int>());
        Assert.Equal(["anna.png", "empty.png", "huge.png", "lonely.txt", "notes.jpg"], upload["skipped"]!.AsArray().Select(s => s!["name"]!.GetValue<string>()));
        Assert.All(upload["skipped"]!.AsArray(), s => Assert.NotEmpty(s!["reason"]!.GetValue<string>()));

        string id = upload["id"]!.GetValue<string>();
        var campaign = await ApiServer.JsonAsync(await server.Http.PostAsJsonAsync($"api/batches/{id}/freeze", new { name = "mixed-faces", rules = new { minSharpness = 0 } }, Cancel), 202);
        Assert.Equal("curation", campaign["kind"]!.GetValue<string>());
        await server.UntilAsync(campaign["id"]!.GetValue<string>(), "succeeded", "failed");

        var dataset = await server.GetAsync("api/datasets/mixed-faces");
        Assert.Equal((2, campaign["id"]!.GetValue<string>()), (dataset["portraits"]!.GetValue<int>(), dataset["campaignId"]!.GetValue<string>()));
        Assert.Equal(dataset["hash"]!.GetValue<string>(), (await server.GetAsync($"api/datasets/{dataset["hash"]}"))["hash"]!.GetValue<string>());
        var manifest = DatasetManifest.Parse(await server.Http.GetByteArrayAsync($"api/artifacts/{dataset["hash"]}", Cancel));
        Assert.Contains("a woman", manifest.Entries.Select(e => e.Caption));
        Assert.All(manifest.Entries, e => Assert.Equal("CC0-1.0", e.Rights.Licence));

        var batch = await server.GetAsync($"api/batches/{id}");
        var states = batch["photos"]!.AsArray().ToDictionary(p => p!["name"]!.GetValue<string>(), p => p!["state"]!.GetValue<string>());
        Assert.Equal(["anna.png", "sub/bert.png"], states.Where(s => s.Value == "accepted").Select(s => s.Key).Order());
        Assert.Equal(["cut.png", "empty.png", "huge.png", "notes.jpg", "small.png"], states.Where(s => s.Value == "rejected").Select(s => s.Key).Order());
        Assert.NotNull(batch["sealedAt"]);
        Assert.Contains((await server.GetAsync("api/batches"))["items"]!.AsArray(), b => b!["id"]!.GetValue<string>() == id && b["accepted"]!.GetValue<int>() == 2);
    }

    [Fact]
    public async Task Photos_beyond_the_limit_are_named_and_the_rest_goes_on()
    {
        var upload = await ApiServer.JsonAsync(await UploadAsync(Named("many"), [.. Enumerable.Range(0, 8).Select(i => ($"{i}.png", Picture(i + 10)))]), 201);
        Assert.Equal((6, 2), (upload["photos"]!.GetValue<int>(), upload["skipped"]!.AsArray().Count));
        Assert.All(upload["skipped"]!.AsArray(), s => Assert.Equal(RejectionCodes.OverLimit, s!["code"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Names_that_would_lead_elsewhere_are_names_and_nothing_else()
    {
        var upload = await ApiServer.JsonAsync(await UploadAsync(Named("names"), ("../../etc/passwd.png", Picture(20)), ("C:\\x\\y.png", Picture(21))), 201);
        Assert.Equal(2, upload["photos"]!.GetValue<int>());
        Assert.False(File.Exists(Path.Combine(server.DataFolder, "..", "etc", "passwd.png")));
    }

    [Fact]
    public async Task Missing_rights_unknown_fields_and_no_files_are_reported_at_once()
    {
        var response = await UploadAsync(new() { ["name"] = "", ["colour"] = "red" });
        Assert.Equal(["colour", "name", "licence", "consent", "source", "files"], await ApiServer.ProblemAsync(response, 422, "invalid-input"));
    }

    [Fact]
    public async Task What_is_no_form_or_breaks_off_is_refused()
    {
        await ApiServer.ProblemAsync(await server.Http.PostAsJsonAsync("api/batches", new { name = "a" }, Cancel), 415, "http-415");
        using var broken = new StringContent("--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nunfinished", Encoding.UTF8);
        broken.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=b");
        await ApiServer.ProblemAsync(await server.Http.PostAsync("api/batches", broken, Cancel), 400, "malformed-body");
    }

    [Fact]
    public async Task Freezing_reports_every_fault_and_knows_its_batches()
    {
        string id = (await ApiServer.JsonAsync(await UploadAsync(Named("faulty"), ("a.png", Picture(30))), 201))["id"]!.GetValue<string>();
        var response = await server.Http.PostAsJsonAsync($"api/batches/{id}/freeze", new { colour = 1, size = 63, rules = new { minSide = 1, x = 2 } }, Cancel);
        Assert.Equal(["colour", "rules.minSide", "rules.x", "size"], (await ApiServer.ProblemAsync(response, 422, "invalid-input")).Order());
        await ApiServer.ProblemAsync(await server.Http.PostAsJsonAsync($"api/batches/{Guid.Empty}/freeze", new { }, Cancel), 404, "not-found");
        await ApiServer.ProblemAsync(await server.Http.PostAsJsonAsync($"api/batches/{id}/freeze", new[] { 1 }, Cancel), 422, "invalid-input");
    }

    [Fact]
    public async Task A_batch_of_odd_files_alone_is_kept_and_cannot_be_frozen()
    {
        var upload = await ApiServer.JsonAsync(await UploadAsync(Named("odd"), ("a.png", "words"u8.ToArray())), 201);
        Assert.Equal(["photos"], await ApiServer.ProblemAsync(await server.Http.PostAsync($"api/batches/{upload["id"]}/freeze", null, Cancel), 422, "invalid-input"));
    }
}

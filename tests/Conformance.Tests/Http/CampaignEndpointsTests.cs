using System.Net;
using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Gpu.Runtime;

namespace PortraitGen.Conformance.Tests.Http;

public sealed class CampaignEndpointsTests(ApiServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_yaml_campaign_is_stored_with_names_resolved_and_runs_to_its_end()
    {
        var response = await server.SubmitAsync("name: from yaml\nbase: toy-base\ndataset: faces # newest\nepochs: 2\nsampler: { noise: 7.5e-1 }\n", "application/yaml");
        string id = (await ApiServer.JsonAsync(response, 201))["id"]!.GetValue<string>();
        Assert.EndsWith($"/api/campaigns/{id}", response.Headers.Location!.ToString());
        await server.UntilAsync(id, "succeeded");

        var detail = await server.GetAsync($"api/campaigns/{id}");
        var spec = detail["spec"]!;
        Assert.Equal((server.Faces.Hex, 0.75, "cps"), (spec["dataset"]!.GetValue<string>(), spec["sampler"]!["noise"]!.GetValue<double>(), spec["sampler"]!["kernel"]!.GetValue<string>()));
        Assert.Equal((HostProfile.InstructionSet, HostProfile.LibtorchVersion), (spec["profile"]!["instructionSet"]!.GetValue<string>(), spec["profile"]!["libtorch"]!.GetValue<string>()));
        Assert.Equal(["epoch-1", "epoch-2"], detail["jobs"]!.AsArray().Select(j => j!["name"]!.GetValue<string>()));
        var files = JsonNode.Parse(await server.Http.GetStringAsync($"api/artifacts/{spec["base"]}", Cancel))!["files"]!.AsObject();
        Assert.Equal(["model_index.json", "transformer/config.json"], files.Select(f => f.Key));
        Assert.Equal("2.10.0", HostProfile.LibtorchVersion);
    }

    [Fact]
    public async Task One_key_and_one_body_are_one_campaign_however_the_body_is_written()
    {
        var first = await ApiServer.JsonAsync(await server.SubmitAsync(ApiServer.Spec("idem"), key: "k-1"), 201);
        var again = await ApiServer.JsonAsync(await server.SubmitAsync(ApiServer.Spec("idem"), key: "k-1"), 200);
        var yaml = await ApiServer.JsonAsync(await server.SubmitAsync("epochs: 1\ndataset: faces\nbase: toy-base\nname: idem\n", "application/yaml", "k-1"), 200);
        Assert.Equal(first["id"]!.GetValue<string>(), again["id"]!.GetValue<string>());
        Assert.Equal(first["id"]!.GetValue<string>(), yaml["id"]!.GetValue<string>());
    }

    [Fact]
    public async Task One_key_and_one_body_are_one_campaign_even_when_the_name_means_a_newer_version_by_now()
    {
        await server.AddDatasetAsync("moving", "old");
        string body = ApiServer.Spec("idem 2").Replace("faces", "moving", StringComparison.Ordinal);
        var first = await ApiServer.JsonAsync(await server.SubmitAsync(body, key: "k-2"), 201);
        await server.AddDatasetAsync("moving", "new");
        var again = await ApiServer.JsonAsync(await server.SubmitAsync(body, key: "k-2"), 200);
        Assert.Equal(first["id"]!.GetValue<string>(), again["id"]!.GetValue<string>());
    }

    [Fact]
    public async Task One_key_and_another_body_is_a_conflict()
    {
        await ApiServer.JsonAsync(await server.SubmitAsync(ApiServer.Spec("idem 3"), key: "k-3"), 201);
        await ApiServer.ProblemAsync(await server.SubmitAsync(ApiServer.Spec("idem 3", 2), key: "k-3"), 409, "idempotency-conflict");
    }

    [Fact]
    public async Task Every_fault_comes_at_once_those_of_the_document_and_those_of_what_it_names()
    {
        var response = await server.SubmitAsync("""{"name":"a","base":"../etc","dataset":"none","epochs":0,"optimiser":{},"sampler":{"kernel":"euler"}}""");
        Assert.Equal(["epochs", "optimiser", "sampler.kernel", "dataset", "base"], await ApiServer.ProblemAsync(response, 422, "invalid-input"));
        var errors = (await ApiServer.JsonAsync(await server.SubmitAsync("""{"name":"a","dataset":"none","base":"x"}"""), 422))["errors"]!.AsArray();
        Assert.Contains("faces", errors[0]!["allowed"]!.GetValue<string>());
        Assert.Contains("toy-base", errors[1]!["allowed"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("{", "application/json")]
    [InlineData("""{"name":"a","name":"b"}""", "application/json")]
    [InlineData("""{"name":"a",} // x""", "application/json")]
    [InlineData("a: &x [1]\nb: *x", "application/yaml")]
    [InlineData("name: a\nname: b", "application/yaml")]
    [InlineData("name: !!binary aGk=", "application/yaml")]
    [InlineData("a: 1\n---\nb: 2", "application/yaml")]
    [InlineData("a: [", "application/yaml")]
    public async Task A_body_that_cannot_be_read_is_refused_with_its_place(string body, string type)
    {
        var response = await server.SubmitAsync(body, type);
        Assert.Equal([""], await ApiServer.ProblemAsync(response, 400, "malformed-body"));
    }

    [Fact]
    public async Task Deep_nesting_is_refused_before_it_is_followed() =>
        await ApiServer.ProblemAsync(await server.SubmitAsync(new string('[', 5000), "application/yaml"), 400, "malformed-body");

    [Fact]
    public async Task Another_media_type_and_too_much_are_refused()
    {
        await ApiServer.ProblemAsync(await server.SubmitAsync("a=b", "text/plain"), 415, "http-415");
        await ApiServer.ProblemAsync(await server.SubmitAsync($"\"{new string('x', 300_000)}\""), 413, "too-large");
    }

    [Fact]
    public async Task Yaml_scalars_follow_the_core_schema()
    {
        var response = await server.SubmitAsync("name: 'yes'\nbase: toy-base\ndataset: faces\nrewards: { cap: yes }\nepochs: \"3\"\nseed: 1.0e+3\nlora: { feedForward: True }\n", "application/yaml");
        Assert.Equal(["rewards.cap", "epochs"], await ApiServer.ProblemAsync(response, 422, "invalid-input"));
    }

    [Fact]
    public async Task Lists_page_by_key_and_are_narrowed()
    {
        for (int i = 0; i < 3; i++) await server.StartAsync($"page {i}");
        var first = await server.GetAsync("api/campaigns?limit=2&kind=training");
        var second = await server.GetAsync($"api/campaigns?limit=2&kind=training&after={first["next"]}");
        var ids = first["items"]!.AsArray().Concat(second["items"]!.AsArray()).Select(c => c!["id"]!.GetValue<string>()).ToList();
        Assert.Equal(ids.OrderDescending(), ids);
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.Empty((await server.GetAsync("api/campaigns?kind=pretraining"))["items"]!.AsArray());
        Assert.All((await server.GetAsync("api/campaigns?state=succeeded"))["items"]!.AsArray(), c => Assert.Equal("succeeded", c!["state"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Wrong_filters_are_faults_like_any_other()
    {
        var response = await server.Http.GetAsync("api/campaigns?state=done&after=x&limit=0", Cancel);
        Assert.Equal(["state", "after", "limit"], await ApiServer.ProblemAsync(response, 422, "invalid-input"));
        Assert.Equal(["campaign", "state"], await ApiServer.ProblemAsync(await server.Http.GetAsync("api/jobs?state=done&campaign=1", Cancel), 422, "invalid-input"));
    }

    [Theory]
    [InlineData("api/campaigns/{0}")]
    [InlineData("api/campaigns/{0}/events")]
    [InlineData("api/campaigns/{0}/metrics")]
    [InlineData("api/campaigns/{0}/artifacts")]
    [InlineData("api/jobs/{0}")]
    [InlineData("api/batches/{0}")]
    [InlineData("api/campaigns/no-guid")]
    [InlineData("api/datasets/none")]
    [InlineData("nothing")]
    public async Task What_is_not_there_is_a_problem_too(string path) =>
        await ApiServer.ProblemAsync(await server.Http.GetAsync(string.Format(path, Guid.Empty), Cancel), 404, "not-found");

    [Fact]
    public async Task Cancelling_stops_what_runs_and_an_ended_campaign_cannot_be_cancelled()
    {
        string id = await server.StartAsync("slow to cancel");
        await server.UntilAsync(id, "running");
        var first = await ApiServer.JsonAsync(await server.Http.PostAsync($"api/campaigns/{id}/cancel?reason=enough", null, Cancel), 202);
        Assert.Contains(first["state"]!.GetValue<string>(), new[] { "cancelling", "cancelled" });
        await server.UntilAsync(id, "cancelled");
        Assert.Equal("enough", (await server.GetAsync($"api/campaigns/{id}"))["campaign"]!["failureReason"]!.GetValue<string>());
        await ApiServer.ProblemAsync(await server.Http.PostAsync($"api/campaigns/{id}/cancel", null, Cancel), 409, "already-ended");
        await ApiServer.ProblemAsync(await server.Http.PostAsync($"api/campaigns/{Guid.Empty}/cancel", null, Cancel), 404, "not-found");
    }

    [Fact]
    public async Task Jobs_are_listed_and_shown_with_their_shards_in_slices()
    {
        string id = await server.StartAsync("jobs", 2);
        await server.UntilAsync(id, "succeeded");
        var jobs = (await server.GetAsync($"api/jobs?campaign={id}&state=succeeded&kind=toy-epoch"))["items"]!.AsArray();
        Assert.Equal(["epoch-2", "epoch-1"], jobs.Select(j => j!["name"]!.GetValue<string>()));
        var first = await server.GetAsync($"api/jobs/{jobs[0]!["id"]}?limit=2");
        var rest = await server.GetAsync($"api/jobs/{jobs[0]!["id"]}?limit=2&after={first["nextShards"]}");
        Assert.Equal([0, 1, 2], first["shards"]!.AsArray().Concat(rest["shards"]!.AsArray()).Select(s => s!["index"]!.GetValue<int>()));
        Assert.Null(rest["nextShards"]);
        Assert.All(first["shards"]!.AsArray(), s => Assert.Equal("succeeded", s!["state"]!.GetValue<string>()));
        Assert.True(ContentHash.TryParse(first["output"]!["manifest"]!.GetValue<string>(), out _));
        Assert.Equal(["after"], await ApiServer.ProblemAsync(await server.Http.GetAsync($"api/jobs/{jobs[0]!["id"]}?after=x", Cancel), 422, "invalid-input"));
    }

    [Fact]
    public async Task Curves_and_artifacts_of_a_campaign_are_listed()
    {
        string id = await server.StartAsync("curves", 2);
        await server.UntilAsync(id, "succeeded");
        var series = Assert.Single((await server.GetAsync($"api/campaigns/{id}/metrics?series=reward/omni/mean")).AsArray())!;
        Assert.Equal([(1L, 0.1), (2L, 0.2)], series["points"]!.AsArray().Select(p => (p!["step"]!.GetValue<long>(), p["value"]!.GetValue<double>())));
        Assert.Empty((await server.GetAsync($"api/campaigns/{id}/metrics?series=none")).AsArray());
        Assert.Equal(4, (await server.GetAsync($"api/campaigns/{id}/artifacts")).AsArray().Count);
    }

    [Fact]
    public async Task A_page_of_another_site_cannot_change_anything()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"api/campaigns/{Guid.Empty}/cancel");
        request.Headers.Add("Sec-Fetch-Site", "cross-site");
        await ApiServer.ProblemAsync(await server.Http.SendAsync(request, Cancel), 403, "http-403");
        using var older = new HttpRequestMessage(HttpMethod.Post, $"api/campaigns/{Guid.Empty}/cancel");
        older.Headers.Add("Origin", "http://elsewhere.example");
        Assert.Equal(HttpStatusCode.Forbidden, (await server.Http.SendAsync(older, Cancel)).StatusCode);
    }

    [Fact]
    public async Task A_campaign_is_paused_resumed_and_neither_once_it_has_ended()
    {
        string id = await server.StartAsync("slow to pause");
        await server.UntilAsync(id, "running");
        Assert.Equal("paused", (await ApiServer.JsonAsync(await server.Http.PostAsync($"api/campaigns/{id}/pause", null, Cancel), 202))["state"]!.GetValue<string>());
        await ApiServer.JsonAsync(await server.Http.PostAsync($"api/campaigns/{id}/pause", null, Cancel), 202);
        Assert.Contains(id, await server.Http.GetStringAsync("api/campaigns?state=paused", Cancel));
        Assert.Equal("running", (await ApiServer.JsonAsync(await server.Http.PostAsync($"api/campaigns/{id}/resume", null, Cancel), 202))["state"]!.GetValue<string>());
        await server.Http.PostAsync($"api/campaigns/{id}/cancel", null, Cancel);
        await server.UntilAsync(id, "cancelled");
        foreach (string verb in new[] { "pause", "resume" })
        {
            await ApiServer.ProblemAsync(await server.Http.PostAsync($"api/campaigns/{id}/{verb}", null, Cancel), 409, "already-ended");
            await ApiServer.ProblemAsync(await server.Http.PostAsync($"api/campaigns/{Guid.CreateVersion7()}/{verb}", null, Cancel), 404, "not-found");
        }
    }

    [Fact]
    public async Task A_failed_job_tells_payload_and_stack_and_is_redriven()
    {
        string id = await server.StartAsync("broken once");
        await server.UntilAsync(id, "failed");
        var job = (await server.GetAsync($"api/campaigns/{id}"))["jobs"]![0]!;
        var shards = (await server.GetAsync($"api/jobs/{job["id"]}"))["shards"]!.AsArray();
        var failed = await server.GetAsync($"api/shards/{shards.First(s => s!["state"]!.GetValue<string>() == "failed")!["id"]}");
        Assert.Equal("broken once", failed["input"]!["name"]!.GetValue<string>());
        Assert.Contains(nameof(TrainingToyHandler), failed["stack"]!.GetValue<string>());
        Assert.Contains(failed["runs"]!.AsArray(), r => r!["outcome"]!.GetValue<string>() == "nan");

        TrainingToyHandler.Mended = true;
        Assert.Equal("running", (await ApiServer.JsonAsync(await server.Http.PostAsync($"api/jobs/{job["id"]}/redrive", null, Cancel), 202))["state"]!.GetValue<string>());
        await server.UntilAsync(id, "succeeded");
        await ApiServer.ProblemAsync(await server.Http.PostAsync($"api/jobs/{job["id"]}/redrive", null, Cancel), 409, "not-failed");
        await ApiServer.ProblemAsync(await server.Http.PostAsync($"api/jobs/{Guid.CreateVersion7()}/redrive", null, Cancel), 404, "not-found");
        await ApiServer.ProblemAsync(await server.Http.GetAsync($"api/shards/{Guid.CreateVersion7()}", Cancel), 404, "not-found");
    }
}

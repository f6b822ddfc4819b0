using System.Net.Http.Json;
using System.Text;

namespace PortraitGen.Conformance.Tests.Http;

public sealed class SchedulingEndpointsTests(ApiServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_campaign_that_wants_more_memory_than_anybody_has_says_so_and_can_be_cancelled()
    {
        var submitted = await ApiServer.JsonAsync(await PostAsync("team=vision&memory=4000&budget=1.5&priority=2", ApiServer.Spec("too big")), 201);
        string id = submitted["id"]!.GetValue<string>();
        Assert.Equal(("vision", 2), (submitted["team"]!.GetValue<string>(), submitted["priority"]!.GetValue<int>()));
        var why = await server.GetAsync($"api/campaigns/{id}/explain");
        for (int i = 0; i < 200 && why["reasons"]![0]!["code"]!.GetValue<string>() is "planning"; i++)
        {
            await Task.Delay(50, Cancel);
            why = await server.GetAsync($"api/campaigns/{id}/explain");
        }

        Assert.Equal("capability", why["reasons"]![0]!["code"]!.GetValue<string>());
        Assert.Contains("4000 GiB", why["reasons"]![0]!["text"]!.GetValue<string>());
        Assert.Null(why["estimate"]);
        Assert.Equal(id, (await server.GetAsync($"api/jobs/{why["jobId"]}/explain"))["campaignId"]!.GetValue<string>());
        await server.Http.PostAsync($"api/campaigns/{id}/cancel", null, Cancel);
        await server.UntilAsync(id, "cancelled");
        Assert.Equal("ended", (await server.GetAsync($"api/campaigns/{id}/explain"))["reasons"]![0]!["code"]!.GetValue<string>());
    }

    [Fact]
    public async Task Every_fault_of_a_claim_is_named()
    {
        var response = await PostAsync("team=No%20Team&memory=-1&budget=0&priority=high", ApiServer.Spec("x"));
        Assert.Equal(["team", "priority", "budget", "memory"], await ApiServer.ProblemAsync(response, 422, "invalid-input"));
        await ApiServer.ProblemAsync(await server.Http.GetAsync($"api/jobs/{Guid.CreateVersion7()}/explain", Cancel), 404, "not-found");
        await ApiServer.ProblemAsync(await server.Http.GetAsync($"api/campaigns/{Guid.CreateVersion7()}/explain", Cancel), 404, "not-found");
    }

    [Fact]
    public async Task A_team_is_set_listed_and_refused_with_every_fault()
    {
        var set = await ApiServer.JsonAsync(await server.Http.PutAsJsonAsync("api/teams/heavy", new { weight = 2.5, maxShards = 7 }, Cancel), 200);
        Assert.Equal((2.5, 7), (set["weight"]!.GetValue<double>(), set["maxShards"]!.GetValue<int>()));
        Assert.Contains((await server.GetAsync("api/teams"))["items"]!.AsArray(), t => t!["name"]!.GetValue<string>() == "heavy" && t["inFlight"]!.GetValue<int>() == 0);
        var refused = await server.Http.PutAsJsonAsync("api/teams/Heavy", new { weight = 0, maxShards = -1 }, Cancel);
        Assert.Equal(["name", "weight", "maxShards"], await ApiServer.ProblemAsync(refused, 422, "invalid-input"));
    }

    private Task<HttpResponseMessage> PostAsync(string query, string body) =>
        server.Http.PostAsync($"api/campaigns?{query}", new StringContent(body, Encoding.UTF8, "application/json"), Cancel);
}

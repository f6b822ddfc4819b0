using System.Text.Json.Nodes;
using PortraitGen.EndToEnd.Tests.Micro;
using PortraitGen.EndToEnd.Tests.Servers;

namespace PortraitGen.EndToEnd.Tests.Faults;

/// <summary>What must hold after any faults: no lost job, no double effect, each policy version one above its parent, the final hash of the run without faults.</summary>
internal static class Oracle
{
    private const string Of = "FROM campaign_events WHERE campaign_id = @c AND kind = ";

    public static async Task HoldsAsync(ServerPlace place, HttpClient http, Guid campaign, MicroResult result, string hash)
    {
        Assert.Equal(hash, result.Hash);
        var of = ("c", (object)campaign);
        Assert.Equal(0, await place.CountAsync("SELECT count(*) FROM campaign_events WHERE kind = 'nondeterminism'"));

        // No lost job.
        Assert.Equal(0, await place.CountAsync("SELECT count(*) FROM jobs WHERE campaign_id = @c AND state <> 'Succeeded'", of));
        Assert.Equal(0, await place.CountAsync("SELECT count(*) FROM shards WHERE campaign_id = @c AND state <> 'Succeeded'", of));

        // No double effect: one event for each stage, job and end; one row for each shard, as its index is unique.
        Assert.Equal(1, await place.CountAsync($"SELECT count(*) {Of}'campaign-succeeded'", of));
        Assert.Equal(await place.CountAsync("SELECT count(*) FROM jobs WHERE campaign_id = @c", of), await place.CountAsync($"SELECT count(*) {Of}'job-succeeded'", of));
        Assert.Equal(await place.CountAsync("SELECT sum(stage) FROM jobs WHERE campaign_id = @c", of), await place.CountAsync($"SELECT count(*) {Of}'stage-planned'", of));
        Assert.Equal(0, await place.CountAsync("SELECT count(*) FROM shard_attempts a JOIN shards s ON s.id = a.shard_id WHERE s.campaign_id = @c GROUP BY a.shard_id, a.boot_id, a.attempt HAVING count(*) > 1 LIMIT 1", of));

        // Versions strictly increase, from the base on.
        var manifest = result.Manifest;
        while (manifest["parent"]?.GetValue<string>() is { } parent)
        {
            var before = JsonNode.Parse(await http.GetByteArrayAsync($"api/artifacts/{parent}"))!;
            Assert.Equal(before["version"]!.GetValue<int>() + 1, manifest["version"]!.GetValue<int>());
            manifest = before;
        }

        Assert.Equal(0, manifest["version"]!.GetValue<int>());
    }
}

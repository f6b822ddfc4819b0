using System.Text.Json.Nodes;
using PortraitGen.EndToEnd.Tests.Micro;
using PortraitGen.EndToEnd.Tests.Processes;

namespace PortraitGen.EndToEnd.Tests;

public sealed class SameHashTests(MicroFixture fixture)
{
    [Fact]
    public async Task The_embedded_campaign_ends_with_a_checkpoint() => Assert.Matches("^[0-9a-f]{64}$", await fixture.EmbeddedHashAsync());

    [Theory]
    [InlineData("a")]
    [InlineData("a", "b")]
    public async Task On_real_servers_any_number_of_workers_ends_with_the_embedded_checkpoint(params string[] workers)
    {
        await using var run = await DistributedRun.StartAsync(fixture, workers);
        await run.ObservedAsync(async () =>
        {
            var campaign = await run.Campaign.SubmitAsync(TestContext.Current.CancellationToken);
            var result = await run.SameHashAsync($"{workers.Length} worker(s)", campaign);
            await IntactAsync(run, campaign, result);
            foreach (string worker in workers)
                Assert.True(await run.Place.CountAsync("SELECT count(*) FROM shard_attempts WHERE worker = @w AND outcome = 'succeeded'", ("w", worker)) > 0, $"Worker {worker} did nothing.");
        });
    }

    /// <summary>The command line finds the checkpoint by its campaign and walks its chain: base, policies and gradients of every version.</summary>
    private static async Task IntactAsync(DistributedRun run, Guid campaign, MicroResult result)
    {
        string[] args = ["checkpoint", "verify", campaign.ToString(), "--json", "--server", run.Server.Http.BaseAddress!.ToString()];
        await using var verify = ChildProcess.Start("portraitgen checkpoint verify", "Api", "portraitgen", args, new Dictionary<string, string?>());
        Assert.True(await verify.ExitAsync(TimeSpan.FromSeconds(30)) == 0, verify.Tail());
        var said = JsonNode.Parse(verify.Text())!;
        Assert.Equal(result.Hash, said["manifest"]!.GetValue<string>());
        // Five versions, each a manifest and a policy; the base; four updates of two slices with two sums each.
        Assert.Equal(5 * 2 + 1 + 4 * 2 * 2, said["objects"]!.GetValue<int>());
    }
}

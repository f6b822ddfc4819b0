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
            await run.SameHashAsync($"{workers.Length} worker(s)", await run.Campaign.SubmitAsync(TestContext.Current.CancellationToken));
            foreach (string worker in workers)
                Assert.True(await run.Place.CountAsync("SELECT count(*) FROM shard_attempts WHERE worker = @w AND outcome = 'succeeded'", ("w", worker)) > 0, $"Worker {worker} did nothing.");
        });
    }
}

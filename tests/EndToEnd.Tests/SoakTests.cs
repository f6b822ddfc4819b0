using System.Globalization;
using PortraitGen.EndToEnd.Tests.Faults;
using PortraitGen.EndToEnd.Tests.Micro;

namespace PortraitGen.EndToEnd.Tests;

/// <summary>Random faults over one campaign. A handful here; <c>tests/soak.sh</c> asks for as many as one likes.</summary>
public sealed class SoakTests(MicroFixture fixture)
{
    private const int FewFaults = 4;

    [Fact(Explicit = true)] // by hand, through tests/soak.sh: it is long
    public async Task Any_faults_in_any_order_end_with_the_same_checkpoint()
    {
        int wanted = Number("PORTRAITGEN_SOAK_FAULTS", FewFaults), epochs = Number("PORTRAITGEN_SOAK_EPOCHS", MicroCampaign.Epochs);
        ulong seed = (ulong)Number("PORTRAITGEN_SOAK_SEED", 1);
        string[] kinds = Environment.GetEnvironmentVariable("PORTRAITGEN_SOAK_KINDS")?.Split(',', StringSplitOptions.RemoveEmptyEntries) ?? [];
        using var log = Environment.GetEnvironmentVariable("PORTRAITGEN_SOAK_LOG") is { Length: > 0 } file ? new StreamWriter(file) { AutoFlush = true } : null;
        void Say(string line) => log?.WriteLine(line);

        Say($"The campaign without servers and without faults, {epochs} epochs:");
        string expected = await fixture.EmbeddedHashAsync(epochs);
        Say($"  final checkpoint {expected}");
        Say($"The same campaign on PostgreSQL, RabbitMQ and S3 with three workers, seed {seed}:");
        await using var storm = await Storm.StartAsync(fixture, epochs, seed, kinds, Say);
        var (campaign, injected) = await storm.RageAsync(wanted, TestContext.Current.CancellationToken);
        var result = await storm.Run.Campaign.FinishAsync(campaign, 10 * MicroCampaign.Patience, TestContext.Current.CancellationToken);

        Say($"Faults injected: {injected.Values.Sum()} ({string.Join(", ", injected.OrderByDescending(k => k.Value).Select(k => $"{k.Value} x {k.Key}"))})");
        Say($"Shards: {await storm.Run.Place.CountAsync("SELECT count(*) FROM shards")}, begun twice or oftener: {await storm.Run.Place.CountAsync("SELECT count(*) FROM (SELECT shard_id FROM shard_attempts GROUP BY shard_id HAVING count(*) > 1) x")}, "
            + $"deaths of workers counted: {await storm.Run.Place.CountAsync("SELECT sum(deaths) FROM shards")}, equal inputs with other bits: {await storm.Run.Place.CountAsync("SELECT count(*) FROM campaign_events WHERE kind = 'nondeterminism'")}");
        Say($"  final checkpoint {result.Hash}");
        try
        {
            await Oracle.HoldsAsync(storm.Run.Place, storm.Run.Server.Http, campaign, result, expected);
            Assert.True(injected.Values.Sum() >= Math.Min(wanted, FewFaults), "The campaign ended before the faults came.");
        }
        catch (Exception e)
        {
            Say(e.Message);
            Say($"VERDICT: NOT EQUAL, or an oracle broken, after {injected.Values.Sum()} faults");
            throw;
        }

        Say($"VERDICT: equal after {injected.Values.Sum()} faults; no lost job, no double effect, policy versions strictly increasing");
    }

    private static int Number(string variable, int otherwise) => int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : otherwise;
}

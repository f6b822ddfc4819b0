using CsCheck;
using PortraitGen.Domain.Scheduling;
using static PortraitGen.Domain.Tests.Scheduling.Given;

namespace PortraitGen.Domain.Tests.Scheduling;

/// <summary>Shares in the long run, and waits under any arrivals, under a virtual clock.</summary>
public sealed class FairnessProperties
{
    /// <summary>Teams that always wait get device-seconds by weight, however long their shards are.</summary>
    [Fact]
    public void Device_seconds_follow_weights_whatever_the_length_of_shards() =>
        Gen.Select(Gen.Int[1, 8].Array[2, 5], Gen.Int[1, 60].Array[5], Gen.Int[1, 6], (weights, lengths, slots) => (weights, lengths, slots)).Sample(t =>
    {
        var pool = CpuPool(t.slots);
        var teams = t.weights.Select((w, i) => Team($"t{i}", w)).ToArray();
        var state = State([pool], teams, [.. teams.Select((team, i) => (Campaign(i, team.Name, seconds: t.lengths[i]), 1_000_000))]);
        var (used, flying, now) = (new double[teams.Length], new PriorityQueue<CampaignQueue, DateTimeOffset>(), Start);
        void Fill()
        {
            while (state.Go(now) is { } queue) flying.Enqueue(queue, now.AddSeconds(queue.SecondsPerShard!.Value));
        }

        Fill();
        for (int i = 0; i < 4000; i++)
        {
            flying.TryDequeue(out var queue, out now);
            used[int.Parse(queue!.Team[1..])] += queue.SecondsPerShard!.Value;
            state.End(queue, pool, queue.SecondsPerShard.Value, again: false, now);
            Fill();
        }

        // At any time no team is further from its part than what the window holds, and what a starving turn gives: one shard a team every ten minutes.
        double total = used.Sum(), slack = (pool.Window + ((now - Start) / FairShare.Patience)) * t.lengths.Max() / total;
        for (int i = 0; i < used.Length; i++)
            Assert.InRange(used[i] / total, ((double)t.weights[i] / t.weights.Sum()) - slack - 0.01, ((double)t.weights[i] / t.weights.Sum()) + slack + 0.01);
    }, iter: 60);

    /// <summary>Whatever arrives, and however little a team weighs, none of its campaigns waits longer than the promise.</summary>
    [Fact]
    public void No_campaign_starves_under_any_arrivals() => Gen.Select(Gen.Int[0, 999].Array[400], Gen.Int[1, 3], (arrivals, slots) => (arrivals, slots)).Sample(t =>
    {
        const int Campaigns = 6;
        var pool = CpuPool(t.slots);
        var teams = new[] { Team("flood", 1000), Team("poor", 0.01, used: 1e9) };
        var queues = Enumerable.Range(0, Campaigns).Select(i => Campaign(i, i < 2 ? "flood" : "poor", priority: i == 2 ? -5 : i)).ToArray();
        var state = State([pool], teams, [.. queues.Select(q => (q, 1))]);
        var (flying, now) = (new PriorityQueue<CampaignQueue, DateTimeOffset>(), Start);
        var since = queues.ToDictionary(q => q, _ => (DateTimeOffset?)Start);
        // A team waits for Patience at most, and for a shard of everybody's to end; a campaign for Patience, and then for as many turns of its team as it has rivals.
        var promise = (FairShare.Patience + TimeSpan.FromMinutes(1)) * (1 + Campaigns);
        foreach (int arrival in t.arrivals)
        {
            // The flood never dries up: one of its campaigns gets more with every step, and at times any other does.
            foreach (int i in new[] { 0, 1, arrival % Campaigns })
            {
                if (queues[i].Waiting == 0) since[queues[i]] = now;
                state.Arrive(queues[i], 3, now);
            }

            while (state.Go(now) is { } queue)
            {
                Assert.True(now - since[queue] <= promise, $"{queue.Team} {queue.Id} waited {now - since[queue]}");
                since[queue] = queue.Waiting > 0 ? now : null;
                flying.Enqueue(queue, now.AddSeconds(10 + (arrival % 50)));
            }

            Assert.All(since.Values, began => Assert.True(began is null || now - began <= promise));
            flying.TryDequeue(out var ended, out now);
            state.End(ended!, pool, 10 + (arrival % 50), again: false, now);
        }
    }, iter: 100);
}

namespace PortraitGen.Jobs.Tests.Interleavings;

/// <summary>Every order of advance, complete, cancel, pause, dispatch, sweep, deaths, losses and repeats in small worlds; and mistakes that this would find.</summary>
public sealed class InterleavingTests
{
    private const int Most = 400_000;

    public static TheoryData<string> Worlds => [.. All.Keys];

    private static readonly Dictionary<string, Wishes> All = new()
    {
        ["two jobs of two stages, orchestrator dies"] = new() { Jobs = 2, Stages = 2, Shards = 1, Crashes = 1 },
        ["two last shards together"] = new() { Stages = 1, Shards = 2, Workers = 2 },
        ["cancel races completion"] = new() { Stages = 1, Shards = 2, Cancel = true },
        ["cancel, a lost request and a report heard twice"] = new() { Stages = 1, Shards = 1, Cancel = true, Crashes = 1, Duplicates = 1 },
        ["pause and resume while the orchestrator dies"] = new() { Stages = 1, Shards = 1, Pause = true, Crashes = 1 },
        ["pause, resume and cancel"] = new() { Stages = 1, Shards = 1, Pause = true, Cancel = true },
        ["a worker dies and messages come twice"] = new() { Stages = 1, Shards = 1, Workers = 2, Deaths = 1, Duplicates = 1 },
        ["runs fail and their reports come twice"] = new() { Stages = 1, Shards = 1, Failures = 1, Duplicates = 1, Crashes = 1 },
    };

    [Theory]
    [MemberData(nameof(Worlds))]
    public void In_no_order_is_anything_lost_or_done_twice(string world)
    {
        var found = Explorer.Run(() => new Orchestra(All[world]), Most);
        TestContext.Current.SendDiagnosticMessage($"{world}: {found.States:N0} states, {found.Ends:N0} ends");
        Assert.True(found.Violation is null, found.Violation);
        Assert.True(found.Ends > 0, "No order comes to an end.");
    }

    [Theory]
    [InlineData(nameof(Bug.AdvanceTrustsWhatItSaw), "stage")]
    [InlineData(nameof(Bug.NoSweep), "Nothing may happen any more")]
    [InlineData(nameof(Bug.ReportsCountTwice), "retries")]
    [InlineData(nameof(Bug.OldMessagesRunAgain), "retries")]
    [InlineData(nameof(Bug.CancelWaitsForNobody), "while something runs")]
    [InlineData(nameof(Bug.PauseCancels), "Nothing leads from here to an end")]
    public void A_mistake_is_found_with_the_steps_that_lead_to_it(string bug, string words)
    {
        var world = Enum.Parse<Bug>(bug) switch
        {
            Bug.AdvanceTrustsWhatItSaw => new Wishes { Stages = 2, Shards = 1, Crashes = 1, Failures = 1 },
            Bug.NoSweep => new Wishes { Stages = 2, Shards = 1, Crashes = 1 },
            Bug.ReportsCountTwice => new Wishes { Shards = 1, Failures = 1, Duplicates = 1 },
            Bug.OldMessagesRunAgain => new Wishes { Shards = 1, Failures = 1, Duplicates = 1, Crashes = 1 },
            Bug.CancelWaitsForNobody => new Wishes { Shards = 1, Cancel = true },
            _ => new Wishes { Shards = 1, Pause = true },
        };
        var found = Explorer.Run(() => new Orchestra(world with { Bug = Enum.Parse<Bug>(bug) }), Most);
        Assert.Contains(words, found.Violation);
        Assert.Contains("  1. ", found.Violation);
    }
}

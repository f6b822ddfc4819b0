using PortraitGen.Domain.Campaigns;

namespace PortraitGen.Domain.Tests.Campaigns;

public sealed class CampaignTests
{
    private static readonly DateTimeOffset Noon = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Guid Id = Guid.Parse("00000000-0000-0000-0000-00000000000a");

    [Fact]
    public void A_campaign_starts_and_ends_once()
    {
        var campaign = New();
        Assert.False(campaign.Succeed(Noon));
        Assert.True(campaign.Start(Noon));
        Assert.False(campaign.Start(Noon));
        Assert.True(campaign.Succeed(Noon.AddHours(1)));
        Assert.False(campaign.Fail(Noon, FailureClasses.Infra, ""));
        Assert.False(campaign.RequestCancel(""));
        Assert.Equal((CampaignState.Succeeded, Noon.AddHours(1), 2), (campaign.State, campaign.EndedAt, campaign.Version));
    }

    [Fact]
    public void A_cancelled_campaign_neither_succeeds_nor_fails()
    {
        var campaign = New();
        campaign.Start(Noon);
        Assert.True(campaign.RequestCancel("enough"));
        Assert.False(campaign.RequestCancel("again"));
        Assert.False(campaign.Succeed(Noon));
        Assert.False(campaign.Fail(Noon, FailureClasses.Infra, "late"));
        Assert.Null(campaign.EndedAt);
        Assert.True(campaign.FinishCancel(Noon));
        Assert.Equal((CampaignState.Cancelled, FailureClasses.Cancelled, "enough"), (campaign.State, campaign.FailureClass, campaign.FailureReason));
    }

    [Fact]
    public void Only_a_cancel_that_was_requested_is_finished() => Assert.False(New().FinishCancel(Noon));

    [Fact]
    public void A_stage_opens_when_the_one_before_is_done_and_its_last_shard_says_so_once()
    {
        var job = new Job(new(Id), new(Id), 0, "toy", "toy", "{}");
        Assert.False(job.BeginStage("early", 1));
        Assert.True(job.Start(Noon));
        Assert.False(job.BeginStage("empty", 0));
        Assert.True(job.BeginStage("one", 2));
        Assert.False(job.ShardSucceeded(1));
        Assert.False(job.BeginStage("two", 1));
        Assert.False(job.Succeed(Noon, "{}"));
        Assert.False(job.ShardSucceeded(2)); // of a stage that is not in hand
        Assert.True(job.ShardSucceeded(1));
        Assert.False(job.ShardSucceeded(1));
        Assert.True(job.BeginStage("two", 1));
        Assert.Equal((2, "two", 1), (job.Stage, job.StageName, job.Remaining));
    }

    [Fact]
    public void An_ended_job_counts_no_shard()
    {
        var job = new Job(new(Id), new(Id), 0, "toy", "toy", "{}");
        job.Start(Noon);
        job.BeginStage("one", 1);
        Assert.True(job.Cancel(Noon));
        Assert.False(job.ShardSucceeded(1));
        Assert.False(job.Fail(Noon, FailureClasses.Infra, ""));
        Assert.Equal(JobState.Cancelled, job.State);
    }

    [Fact]
    public void A_new_boot_without_a_goodbye_is_a_death_and_with_one_is_not()
    {
        var (first, second, third) = (Guid.Parse("00000000-0000-0000-0000-000000000001"), Guid.Parse("00000000-0000-0000-0000-000000000002"), Id);
        var worker = new WorkerRecord("w", first, 1, Noon);
        Assert.Null(worker.Seen(first, 2, Noon));
        Assert.Equal(first, worker.Seen(second, null, Noon));
        Assert.False(worker.Leave(first, Noon));
        Assert.True(worker.Leave(second, Noon));
        Assert.Null(worker.Seen(third, 1, Noon));
        Assert.Equal((third, 1), (worker.BootId, worker.Slots));
    }

    [Fact]
    public void Late_words_of_an_earlier_start_do_not_bury_the_one_that_lives()
    {
        var (first, second) = (Guid.CreateVersion7(Noon), Guid.CreateVersion7(Noon.AddSeconds(5)));
        var worker = new WorkerRecord("w", first, 1, Noon);
        Assert.Equal(first, worker.Seen(second, 1, Noon.AddSeconds(6)));
        Assert.Null(worker.Seen(first, 1, Noon.AddSeconds(7)));
        Assert.Equal((second, Noon.AddSeconds(6)), (worker.BootId, worker.LastSeen));

        // A machine whose clock was set back: its new start looks earlier, and is believed when the other stays silent.
        Assert.Equal(second, worker.Seen(first, 1, Noon.AddSeconds(6) + WorkerRecord.Silence));
    }

    [Fact]
    public void First_words_that_come_last_take_no_slots_back()
    {
        var (first, second) = (Guid.CreateVersion7(Noon), Guid.CreateVersion7(Noon.AddSeconds(5)));
        var worker = new WorkerRecord("w", first, 2, Noon);
        Assert.Null(worker.Seen(first, 0, Noon.AddSeconds(1)));
        Assert.Equal((2, Noon.AddSeconds(1)), (worker.Slots, worker.LastSeen));

        // A new start takes nothing yet.
        Assert.Equal(first, worker.Seen(second, 0, Noon.AddSeconds(6)));
        Assert.Equal(0, worker.Slots);
        worker.Seen(second, 3, Noon.AddSeconds(7));
        Assert.Equal(3, worker.Slots);
    }

    [Fact]
    public void A_paused_campaign_goes_on_where_it_was()
    {
        var campaign = New();
        Assert.True(campaign.Pause());
        Assert.False(campaign.Pause());
        Assert.False(campaign.Start(Noon));
        Assert.True(campaign.Resume());
        Assert.Equal(CampaignState.Queued, campaign.State);
        campaign.Start(Noon);
        campaign.Pause();
        Assert.False(campaign.Succeed(Noon));
        Assert.True(campaign.Resume());
        Assert.False(campaign.Resume());
        Assert.Equal(CampaignState.Running, campaign.State);
    }

    [Fact]
    public void A_paused_campaign_can_be_cancelled_and_can_fail_and_an_end_cannot_be_paused()
    {
        CampaignState After(Action<Campaign> what)
        {
            var campaign = New();
            campaign.Start(Noon);
            campaign.Pause();
            what(campaign);
            Assert.False(campaign.Pause() || campaign.Resume());
            return campaign.State;
        }

        Assert.Equal(CampaignState.Cancelling, After(c => Assert.True(c.RequestCancel("enough"))));
        Assert.Equal(CampaignState.Failed, After(c => Assert.True(c.Fail(Noon, FailureClasses.Nan, "nan"))));
    }

    [Fact]
    public void A_failed_job_is_redriven_with_what_has_not_succeeded_and_those_after_it_are_planned_again()
    {
        var (job, later) = (new Job(new(Id), new(Id), 0, "toy", "toy", "{}"), new Job(new(Id), new(Id), 1, "toy", "later", "{}"));
        job.Start(Noon);
        job.BeginStage("one", 3);
        Assert.False(job.Redrive(3));
        job.Fail(Noon, FailureClasses.Poison, "parked");
        later.Cancel(Noon);
        Assert.False(job.Redrive(4));
        Assert.True(job.Redrive(2)); // one came in after the failure
        Assert.True(later.PlanAgain());
        Assert.False(later.PlanAgain() || job.PlanAgain());
        Assert.Equal((JobState.Running, 2, null, JobState.Planned, null), (job.State, job.Remaining, job.EndedAt, later.State, later.EndedAt));
        var campaign = New();
        Assert.False(campaign.Redrive());
        campaign.Start(Noon);
        campaign.Fail(Noon, FailureClasses.Poison, "parked");
        Assert.True(campaign.Redrive());
        Assert.Equal((CampaignState.Running, null, null), (campaign.State, campaign.EndedAt, campaign.FailureClass));
    }

    [Fact]
    public void Ids_sort_by_time()
    {
        var early = new CampaignId(Guid.CreateVersion7(Noon));
        var late = new CampaignId(Guid.CreateVersion7(Noon.AddMilliseconds(1)));
        Assert.True(early < late && late > early && early <= late && late >= early && early.CompareTo(late) < 0);
        Assert.True(string.CompareOrdinal($"{early}", $"{late}") < 0);
    }

    private static Campaign New() => new(new(Id), CampaignKinds.Training, "a", "team", """{"seed":1}""", null, 0, Noon);
}

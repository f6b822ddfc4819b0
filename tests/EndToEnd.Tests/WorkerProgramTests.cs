using PortraitGen.EndToEnd.Tests.Processes;
using PortraitGen.EndToEnd.Tests.Servers;

namespace PortraitGen.EndToEnd.Tests;

/// <summary>What <c>portraitgen-worker</c> says to people and scripts.</summary>
public sealed class WorkerProgramTests(MicroFixture fixture)
{
    private const string Nobody = "127.0.0.1:1"; // no server listens on port 1
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10), Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Help_names_every_setting_and_exit_code()
    {
        await using var worker = Run(["--help"]);
        Assert.Equal(0, await worker.ExitAsync(Soon));
        foreach (string word in new[] { "--rabbitmq", "--s3", "--name", "--slots", "--grace", "PORTRAITGEN_RABBITMQ", "PORTRAITGEN_S3", "PORTRAITGEN_WORKER_CACHE", "Exit codes" })
            Assert.Contains(word, worker.Text());
    }

    [Theory]
    [InlineData("PORTRAITGEN_RABBITMQ")]
    [InlineData("PORTRAITGEN_S3", "--rabbitmq", "amqp://u:p@127.0.0.1:1/")]
    [InlineData("no bucket", "--rabbitmq", "amqp://u:p@127.0.0.1:1/", "--s3", "http://K:S@127.0.0.1:1/")]
    public async Task A_missing_or_malformed_setting_ends_it_with_2_and_one_line(string words, params string[] args)
    {
        await using var worker = Run(args);
        Assert.Equal(2, await worker.ExitAsync(Soon));
        Assert.Contains(words, worker.Text());
        Assert.DoesNotContain('\n', worker.Text());
    }

    [Fact]
    public async Task An_unreachable_server_is_named_with_its_address_and_without_its_password()
    {
        await using var place = await ServerPlace.TakeAsync();
        await using var noStore = Run(["--rabbitmq", place.Environment["PORTRAITGEN_RABBITMQ"]!, "--s3", $"http://KEY:hush@{Nobody}/bucket", "--name", "no-store"]);
        await using var noBus = Run(["--rabbitmq", $"amqp://user:hush@{Nobody}/", "--s3", place.Environment["PORTRAITGEN_S3"]!, "--name", "no-bus"]);
        foreach (var worker in new[] { noStore, noBus })
        {
            Assert.Equal(1, await worker.ExitAsync(Patience));
            Assert.Contains(Nobody, worker.Text());
            Assert.DoesNotContain("hush", worker.Text());
            Assert.DoesNotContain("   at ", worker.Text()); // tries may be told, a stack not
        }
    }

    [Fact]
    public async Task Two_workers_of_one_machine_never_share_a_name()
    {
        await using var place = await ServerPlace.TakeAsync();
        await using var first = WorkerProcess.Start([], fixture.Fresh(), place.Environment);
        await using var second = WorkerProcess.Start([], fixture.Fresh(), place.Environment);
        string a = NameIn(await first.SaysAsync("takes shards", Patience)), b = NameIn(await second.SaysAsync("takes shards", Patience));
        Assert.NotEqual(a, b);

        await using var third = WorkerProcess.Start(["--name", a], fixture.Fresh(), place.Environment);
        Assert.Equal(2, await third.ExitAsync(Soon));
        Assert.Contains("--name", third.Text());

        // A killed worker leaves its name to the next start.
        await first.KillAsync();
        await using var again = WorkerProcess.Start(["--name", a], fixture.Fresh(), place.Environment);
        await again.SaysAsync("takes shards", Patience);
        foreach (var worker in new[] { second, again })
        {
            await worker.LeaveAsync(Soon);
            Assert.Equal(0, worker.ExitCode);
        }
    }

    private ChildProcess Run(string[] args) => WorkerProcess.Start(args, fixture.Fresh(), new Dictionary<string, string?>());

    private static string NameIn(string line) => line.Split("Worker ")[^1].Split(" takes")[0];
}

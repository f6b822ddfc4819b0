using System.Net;
using System.Net.Sockets;
using PortraitGen.Api.Doctor;

namespace PortraitGen.Conformance.Tests.Doctor;

public sealed class DoctorChecksTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_machine_that_runs_the_tests_can_compute_and_draw()
    {
        var findings = await DoctorChecks.RunAsync(new(Path.GetTempPath()), Cancel);
        foreach (string name in new[] { ".NET", "libtorch", "Arithmetic", "CUDA", "Skia" })
            Assert.Equal(DoctorLevel.Ok, Assert.Single(findings, f => f.Name == name).Level);
    }

    [Fact]
    public async Task Servers_that_run_are_found_and_a_wrong_password_is_told_from_a_dead_server()
    {
        string postgres = Setting("POSTGRES"), rabbit = Setting("RABBITMQ"), s3 = Setting("S3").TrimEnd('/') + "/doctor-has-no-bucket";
        var well = await DoctorChecks.RunAsync(new(Path.GetTempPath(), Postgres: postgres, RabbitMq: rabbit), Cancel);
        Assert.All(well.Where(f => f.Name is "PostgreSQL" or "RabbitMQ"), f => Assert.Equal((DoctorLevel.Ok, ""), (f.Level, f.Cure)));

        var stranger = new UriBuilder(rabbit) { Password = "hunter2" }.Uri.AbsoluteUri;
        var ill = await DoctorChecks.RunAsync(new(Path.GetTempPath(), RabbitMq: stranger, S3: s3), Cancel);
        Assert.Contains("handshake failed", Assert.Single(ill, f => f.Name == "RabbitMQ").Finding, StringComparison.Ordinal);
        Assert.Contains("The bucket doctor-has-no-bucket is not at", Assert.Single(ill, f => f.Name == "S3").Finding, StringComparison.Ordinal);
    }

    [Fact]
    public void A_library_that_wants_a_newer_libstdcxx_is_told_with_its_cure()
    {
        var finding = NativeChecks.TensorFailure("/lib/libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by libLibTorchSharp.so)");
        Assert.Equal(DoctorLevel.Fail, finding.Level);
        Assert.Contains("ElfCompat", finding.Cure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.88)]
    [InlineData(double.NaN)]
    public void A_processor_that_computes_wrongly_is_told_with_what_helps(double gap)
    {
        var finding = NativeChecks.ArithmeticFinding(gap);
        Assert.Equal(DoctorLevel.Fail, finding.Level);
        Assert.Contains("ONEDNN_MAX_CPU_ISA", finding.Cure, StringComparison.Ordinal);
    }

    private static string Setting(string server) => Environment.GetEnvironmentVariable($"PORTRAITGEN_TEST_{server}")
        ?? throw new InvalidOperationException($"PORTRAITGEN_TEST_{server} is not set, so there is no server to look at. Run tests/run.sh: it starts one.");

    [Fact]
    public async Task Dead_servers_a_taken_port_and_a_lost_model_each_fail_in_one_line_with_a_cure_and_no_password()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int taken = ((IPEndPoint)listener.LocalEndpoint).Port;
        var findings = await DoctorChecks.RunAsync(new(Path.GetTempPath(), "/no/such/model", "Host=127.0.0.1;Port=9;Username=u;Password=hunter2;Database=d",
            "amqp://u:hunter2@127.0.0.1:9/", "http://u:hunter2@127.0.0.1:9/bucket", [taken]), Cancel);
        foreach (string name in new[] { "Base model", "PostgreSQL", "RabbitMQ", "S3", $"Port {taken}" })
        {
            var finding = Assert.Single(findings, f => f.Name == name);
            Assert.Equal(DoctorLevel.Fail, finding.Level);
            Assert.NotEqual("", finding.Cure);
            Assert.DoesNotContain('\n', finding.Finding + finding.Cure);
            Assert.DoesNotContain("hunter2", finding.Finding + finding.Cure, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Malformed_settings_are_findings_and_not_crashes()
    {
        var findings = await DoctorChecks.RunAsync(new(Path.GetTempPath(), Postgres: "nonsense", RabbitMq: "nonsense", S3: "nonsense", Ports: [99999]), Cancel);
        Assert.Equal(4, findings.Count(f => f.Level == DoctorLevel.Fail && f.Name is "PostgreSQL" or "RabbitMQ" or "S3" or "Port 99999"));
    }
}

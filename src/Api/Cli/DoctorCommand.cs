using System.CommandLine;
using System.Text.Json.Nodes;
using PortraitGen.Api.Doctor;
using PortraitGen.Api.Hosting;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Jobs.Campaigns;
using PortraitGen.Jobs.Hosting;

namespace PortraitGen.Api.Cli;

internal static class DoctorCommand
{
    public static Command Create()
    {
        var model = new Option<DirectoryInfo>("--model") { Description = "The base model's folder to look at. Default: the shipped one." };
        var ports = new Option<int[]>("--port") { Description = "A port that is going to be listened on; may be given several times." };
        var doctor = new Command("doctor", "Say what is missing on this machine, and how to mend it.") { model, ports, ClientOptions.Json };
        doctor.SetAction(async (parsed, cancel) =>
        {
            var jobs = JobsOptions.From(Environment.GetEnvironmentVariable); // what cannot be read is a finding too
            var roots = ServeSettings.ModelRoots();
            string folder = parsed.GetValue(model)?.FullName ?? new ModelFolders(roots).Find(new CampaignSpec().Base) ?? Path.Combine(roots.Count > 0 ? roots[0] : "models", new CampaignSpec().Base);
            var findings = await DoctorChecks.RunAsync(new(jobs.DataFolder, folder, jobs.Postgres, jobs.RabbitMq, jobs.S3, parsed.GetValue(ports)), cancel);
            Show.Answer(parsed, new JsonArray([.. findings.Select(f => (JsonNode)DomainJson.ToNode(f))]), _ => Print(findings));
            return findings.Any(f => f.Level is DoctorLevel.Fail) ? ExitCodes.Failed : ExitCodes.Ok;
        });
        return doctor;
    }

    private static void Print(IReadOnlyList<DoctorFinding> findings)
    {
        int width = findings.Max(f => f.Name.Length);
        foreach (var finding in findings)
        {
            Console.Out.WriteLine($"{finding.Level.ToString().ToUpperInvariant(),-4}  {finding.Name.PadRight(width)}  {finding.Finding}");
            if (finding.Cure.Length > 0) Console.Out.WriteLine($"      {new string(' ', width)}  -> {finding.Cure}");
        }
    }
}

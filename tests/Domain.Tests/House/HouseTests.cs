using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace PortraitGen.Domain.Tests.House;

/// <summary>What the layout of the code promises and no compiler checks.</summary>
public sealed partial class HouseTests
{
    /// <summary>Where it may matter which form runs: the switches of rows, bus, time, blobs and tensors, the check of servers at start, and the doctor.</summary>
    private static readonly string[] Switches =
        ["src/Jobs/Data/", "src/Jobs/Messaging/", "src/Jobs/Scheduling/", "src/Jobs/Artifacts/", "src/Gpu/Runtime/", "src/Api/Doctor/", "src/Api/Hosting/Preflight.cs", "src/Api/Hosting/ServeSettings.cs"];

    [Fact]
    public void Projects_refer_to_each_other_in_one_line()
    {
        var allowed = new Dictionary<string, string[]>
        {
            ["src/Domain/Domain.csproj"] = [],
            ["src/Jobs/Jobs.csproj"] = ["Domain"],
            ["src/Gpu/Gpu.csproj"] = ["Jobs", "KeepAlive"],
            ["migrations/Postgres/Postgres.csproj"] = ["Jobs"],
            ["migrations/Sqlite/Sqlite.csproj"] = ["Jobs"],
            ["src/Api/Api.csproj"] = ["Gpu", "Postgres", "Sqlite"],
        };
        Assert.All(allowed, project => Assert.Equal(project.Value, Load(project.Key).Descendants("ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value)).Order()));
        Assert.Empty(Load("src/Domain/Domain.csproj").Descendants("PackageReference"));
    }

    [Fact]
    public void Which_form_runs_is_asked_at_the_switches_alone()
    {
        var found = Sources().SelectMany(file => File.ReadLines(Path.Combine(Repository.Root, file)).Select((line, i) => (File: file, Line: line, Number: i + 1)))
            .Where(l => AsksForTheForm().IsMatch(l.Line)).ToList();
        Assert.NotEmpty(found);
        Assert.Empty(found.Where(l => !Switches.Any(s => l.File.StartsWith(s, StringComparison.Ordinal))).Select(l => $"{l.File}:{l.Number}: {l.Line.Trim()}"));
    }

    [Fact]
    public void The_package_for_CUDA_is_referred_to_only_in_a_build_that_asks_for_it()
    {
        var reference = Load("src/Gpu/Gpu.csproj").Descendants("PackageReference").Single(p => p.Attribute("Include")!.Value == "TorchSharp-cuda-linux");
        string[] conditions = [.. reference.AncestorsAndSelf().Select(e => e.Attribute("Condition")?.Value).OfType<string>()];
        Assert.Contains(conditions, c => c.Replace(" ", "") == "'$(TorchBackend)'=='cuda'");
    }

    [Fact]
    public void No_file_of_source_has_more_than_300_lines() =>
        Assert.All(Sources(), file => Assert.InRange(File.ReadLines(Path.Combine(Repository.Root, file)).Count(), 0, 300));

    [GeneratedRegex(@"\.(Postgres|RabbitMq|S3) (is|==|!=) |\bif \(.*embedded", RegexOptions.IgnoreCase)]
    private static partial Regex AsksForTheForm();

    private static IEnumerable<string> Sources() => Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories)
        .Select(f => Path.GetRelativePath(Repository.Root, f).Replace('\\', '/')).Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal));

    private static XDocument Load(string project) => XDocument.Load(Path.Combine(Repository.Root, project));
}

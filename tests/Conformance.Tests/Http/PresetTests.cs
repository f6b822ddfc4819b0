using PortraitGen.Api.Campaigns;
using PortraitGen.Domain.Campaigns;

namespace PortraitGen.Conformance.Tests.Http;

public sealed class PresetTests
{
    [Fact]
    public void The_tiny_preset_is_accepted_and_spells_out_the_defaults()
    {
        var (spec, errors) = SpecReader.Read(YamlNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "presets", "portrait-tiny.yaml"))));
        Assert.Empty(errors);
        Assert.Equal(new CampaignSpec { Name = spec!.Name, Dataset = spec.Dataset }, spec);
    }

    public static TheoryData<string> Presets => [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "presets"), "*.yaml").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    [Theory, MemberData(nameof(Presets))]
    public void Every_preset_is_accepted(string file)
    {
        var (spec, errors) = SpecReader.Read(YamlNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "presets", file))));
        Assert.Empty(errors);
        Assert.Equal("portraits", spec!.Dataset);
    }
}

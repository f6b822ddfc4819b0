using PortraitGen.Api.Campaigns;
using PortraitGen.Domain.Campaigns;

namespace PortraitGen.Conformance.Tests.Http;

public sealed class PresetTests
{
    [Fact]
    public void The_tiny_preset_is_accepted_and_spells_out_the_defaults()
    {
        var (spec, errors) = SpecReader.Read(YamlNode.Parse(File.ReadAllText(Path.Combine(Root(), "presets", "portrait-tiny.yaml"))));
        Assert.Empty(errors);
        Assert.Equal(new CampaignSpec { Name = spec!.Name, Dataset = spec.Dataset }, spec);
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "PortraitGen.Jobs.sln"))) folder = folder.Parent!;
        return folder.FullName;
    }
}

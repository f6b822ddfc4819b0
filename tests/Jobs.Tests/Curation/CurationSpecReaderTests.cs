using System.Text.Json.Nodes;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Curation;
using PortraitGen.Jobs.Curation;
using PortraitGen.Jobs.Planning;

namespace PortraitGen.Jobs.Tests.Curation;

public sealed class CurationSpecReaderTests
{
    [Fact]
    public void A_good_specification_is_read_with_its_defaults()
    {
        var (spec, faults) = CurationSpecReader.Read(Specs.Good("b.jpg", "a.jpg"));
        Assert.Empty(faults);
        Assert.Equal(["a.jpg", "b.jpg"], spec!.Photos.Select(p => p.Name));
        Assert.Equal((64, 0.2, Captions.DefaultTemplate), (spec.Size, spec.HeldOut, spec.CaptionTemplate));
        Assert.Equal(new CurationRules(), spec.Rules);
    }

    [Fact]
    public void Every_fault_is_reported_at_once_with_its_path()
    {
        var json = Specs.Good("a.jpg", "a.jpg");
        json["colour"] = "red";
        json["name"] = 7;
        json["size"] = 65;
        json["heldOut"] = 0.9;
        json["rules"] = new JsonObject { ["minSide"] = -1 };
        json["captions"] = new JsonObject { ["a"] = 3 };
        json["rights"] = new JsonObject { ["licence"] = "CC0-1.0", ["owner"] = "me" };
        json["photos"]!.AsArray().Add((JsonNode)new JsonObject { ["name"] = "c\n.jpg", ["hash"] = "ABC", ["length"] = -3 });
        json["batch"] = new JsonObject { ["skipped"] = new JsonArray(1) };
        var (spec, faults) = CurationSpecReader.Read(json);
        Assert.Null(spec);
        foreach (var path in new[] { "colour", "name", "size", "heldOut", "rules.minSide", "captions.a", "rights.owner", "rights.consent", "rights.source",
            "photos[1].name", "photos[2].name", "photos[2].hash", "photos[2].length", "batch.skipped" })
            Assert.Contains(faults, f => f.Path == path);
        Assert.DoesNotContain(faults, f => f.Path == "rights.licence");
    }

    [Theory, InlineData("""{}"""), InlineData("""{"name":"x","photos":3,"rights":[]}"""), InlineData("""{"name":null,"photos":[null,1,"a"],"captions":[],"batch":1,"rules":2}""")]
    public void Wrong_types_are_faults_and_no_exceptions(string text) => Assert.NotEmpty(CurationSpecReader.Read(JsonNode.Parse(text)!.AsObject()).Faults);

    [Fact]
    public async Task Without_rights_ingest_fails_as_a_user_error_that_says_what_to_state()
    {
        var spec = Specs.Good("a.jpg");
        spec.Remove("rights");
        var failed = Assert.IsType<PlanStep.Failed>(await new IngestPlanner().NextAsync(Specs.Start(spec), TestContext.Current.CancellationToken));
        Assert.Equal(FailureClasses.UserError, failed.FailureClass);
        Assert.Contains("licence, consent and source", failed.Reason);
        foreach (var planner in new IJobPlanner[] { new CuratePlanner(), new SnapshotPlanner(new MemoryStore()) })
            Assert.IsType<PlanStep.Failed>(await planner.NextAsync(Specs.Start(spec), TestContext.Current.CancellationToken));
    }
}

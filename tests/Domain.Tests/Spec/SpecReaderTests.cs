using System.Text.Json.Nodes;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Domain.Grpo;
using PortraitGen.Domain.Maths;

namespace PortraitGen.Domain.Tests.Spec;

public sealed class SpecReaderTests
{
    private const string Least = """{"name":"a","dataset":"d"}""";

    private static (CampaignSpec? Spec, IReadOnlyList<SpecError> Errors) Read(string json) => SpecReader.Read(JsonNode.Parse(json));

    private static SpecError Single(string json) => Assert.Single(Read(json).Errors);

    [Fact]
    public void What_is_not_given_keeps_its_default()
    {
        var (spec, errors) = Read(Least);
        Assert.Empty(errors);
        Assert.Equal(new CampaignSpec { Name = "a", Dataset = "d" }, spec);
    }

    [Fact]
    public void Every_kind_of_value_is_read()
    {
        var (spec, errors) = Read("""
            {"name":"a","dataset":"d","seed":9007199254740991,"objective":"grpo","sampler":{"kernel":"flow-sde","noise":0.7,"steps":12.0},
             "exemplars":{"method":"belm","advantage":"baseline-only"},"rewards":{"cap":false},"profile":{"instructionSet":"avx2"}}
            """);
        Assert.Empty(errors);
        Assert.Equal((9007199254740991, Objective.Grpo, KernelKind.FlowSde, 0.7, 12), (spec!.Seed, spec.Objective, spec.Sampler.Kernel, spec.Sampler.Noise, spec.Sampler.Steps));
        Assert.Equal((ExemplarMethod.Belm, AdvantageMode.BaselineOnly, false, "avx2"), (spec.Exemplars.Method, spec.Exemplars.Advantage, spec.Rewards.Cap, spec.Profile.InstructionSet));
    }

    [Fact]
    public void All_faults_are_reported_at_once_each_with_path_and_what_is_allowed()
    {
        var (spec, errors) = Read("""
            {"name":"","epochs":"many","colour":"red","optimizer":{"learnRate":0.1,"clipRange":99},"sampler":{"kernel":"euler","steps":2.5},"group":7,"rewards":{"cap":1}}
            """);
        Assert.Null(spec);
        Assert.Equal(
            ["name", "epochs", "colour", "optimizer.learnRate", "optimizer.clipRange", "sampler.kernel", "sampler.steps", "group", "rewards.cap", "dataset"],
            errors.Select(e => e.Path));
        Assert.All(errors, e => Assert.False(string.IsNullOrEmpty(e.Allowed)));
        Assert.Equal("a whole number from 1 to 100000", errors[1].Allowed);
        Assert.Equal("a number from 1E-07 to 10", errors[4].Allowed);
        Assert.Equal("one of flow-sde, cps, dance-sde, ode", errors[5].Allowed);
    }

    [Fact]
    public void A_profile_for_large_models_is_read_and_tiles_that_are_all_seam_are_refused()
    {
        var (spec, errors) = Read("""{"name":"a","dataset":"d","profile":{"recompute":true,"vaeTile":64,"weights":"bf16"}}""");
        Assert.Empty(errors);
        Assert.Equal((true, 64, WeightType.Bf16), (spec!.Profile.Recompute, spec.Profile.VaeTile, spec.Profile.Weights));
        Assert.Equal("0, or a whole number from 4 to 1024", Single("""{"name":"a","dataset":"d","profile":{"vaeTile":3}}""").Allowed);
        Assert.Equal("one of stored, bf16", Single("""{"name":"a","dataset":"d","profile":{"weights":"fp8"}}""").Allowed);
    }

    [Theory]
    [InlineData("optimiser", "optimizer")]
    [InlineData("Epochs", "epochs")]
    [InlineData("exemplar", "exemplars")]
    public void An_unknown_key_is_told_its_nearest_neighbour(string wrong, string right) =>
        Assert.Contains($"Did you mean '{right}'?", Single("{\"name\":\"a\",\"dataset\":\"d\",\"" + wrong + "\":{}}").Message);

    [Fact]
    public void An_unknown_key_far_from_all_is_told_none() =>
        Assert.DoesNotContain("Did you mean", Single("""{"name":"a","dataset":"d","zzzzzzzzzzzz":1}""").Message);

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("3")]
    [InlineData("\"text\"")]
    public void What_is_no_object_is_refused(string json) => Assert.Contains(Read(json).Errors, e => e.Path == "" && e.Message.Contains("is an object"));

    [Theory]
    [InlineData("""{"epochs":null}""", "epochs")]
    [InlineData("""{"epochs":0}""", "epochs")]
    [InlineData("""{"epochs":1e300}""", "epochs")]
    [InlineData("""{"seed":-1}""", "seed")]
    [InlineData("""{"seed":9007199254740992}""", "seed")]
    [InlineData("""{"objective":0}""", "objective")]
    [InlineData("""{"objective":"Grpo"}""", "objective")]
    [InlineData("""{"base":"\u0000"}""", "base")]
    public void An_impossible_value_is_refused(string json, string path) =>
        Assert.Equal(path, Single(json.Replace("{", """{"name":"a","dataset":"d",""", StringComparison.Ordinal)).Path);

    [Theory]
    [InlineData("""{"sampler":{"steps":8}}""", "sampler.maxWindowStart")]
    [InlineData("""{"sampler":{"steps":3,"window":3}}""", "sampler.window")]
    [InlineData("""{"sampler":{"kernel":"ode"}}""", "sampler.kernel")]
    [InlineData("""{"exemplars":{"minSigma":0.8}}""", "exemplars.minSigma")]
    [InlineData("""{"objective":"sft","exemplars":{"method":"off","advantage":"off"}}""", "exemplars.method")]
    [InlineData("""{"exemplars":{"method":"off"}}""", "exemplars.advantage")]
    [InlineData("""{"exemplars":{"advantage":"off"}}""", "exemplars.advantage")]
    [InlineData("""{"rewards":{"omni":0,"aiPortrait":0}}""", "rewards")]
    [InlineData("""{"objective":"nft","rewards":{"omni":0,"aiPortrait":0}}""", "rewards")]
    [InlineData("""{"objective":"nft","sampler":{"kernel":"ode"}}""", "sampler.sharedStart")]
    [InlineData("""{"objective":"awm","exemplars":{"method":"bridge"}}""", "exemplars.method")]
    [InlineData("""{"objective":"sft","exemplars":{"method":"belm"}}""", "exemplars.method")]
    [InlineData("""{"objective":"nft","optimizer":{"ratio":"ratio-norm"}}""", "optimizer.ratio")]
    [InlineData("""{"objective":"awm","optimizer":{"trustRegion":"dppo"}}""", "optimizer.trustRegion")]
    [InlineData("""{"objective":"nft","optimizer":{"stepWeight":"inverse-length"}}""", "optimizer.stepWeight")]
    [InlineData("""{"optimizer":{"ratio":"ratio-norm","trustRegion":"dppo"}}""", "optimizer.trustRegion")]
    [InlineData("""{"sampler":{"kernel":"flow-sde"},"optimizer":{"ratio":"cps-code"}}""", "optimizer.ratio")]
    [InlineData("""{"objective":"nft","optimizer":{"klWeight":1e-4}}""", "optimizer.klKind")]
    [InlineData("""{"optimizer":{"klKind":"flow-grpo"}}""", "optimizer.klKind")]
    [InlineData("""{"matching":{"minSigma":0.9,"maxSigma":0.5}}""", "matching.minSigma")]
    [InlineData("""{"sampler":{"schedule":"model","shift":3}}""", "sampler.shift")]
    [InlineData("""{"sampler":{"negativePrompt":"blurred"}}""", "sampler.negativePrompt")]
    [InlineData("""{"exemplars":{"inverter":"base"}}""", "exemplars.inverter")]
    [InlineData("""{"exemplars":{"annealTo":0.5}}""", "exemplars.annealEpochs")]
    [InlineData("""{"exemplars":{"advantage":"union","annealEpochs":4}}""", "exemplars.annealEpochs")]
    [InlineData("""{"objective":"sft","exemplars":{"maxGradientShare":0.3}}""", "exemplars.maxGradientShare")]
    public void A_rule_that_spans_values_is_kept(string json, string path)
    {
        string whole = json.Insert(1, """ "name":"a","dataset":"d",""");
        Assert.Equal(path, Single(whole).Path);
    }

    [Fact]
    public void A_rule_is_not_judged_by_a_value_that_was_refused() =>
        Assert.Equal("sampler.steps", Single("""{"name":"a","dataset":"d","sampler":{"steps":1}}""").Path);

    [Fact]
    public void The_last_window_that_fits_is_accepted() =>
        Assert.Empty(Read("""{"name":"a","dataset":"d","sampler":{"steps":9,"maxWindowStart":5}}""").Errors);

    [Fact]
    public void A_written_specification_reads_back_as_itself_and_hashes_alike_however_it_was_ordered()
    {
        var spec = Read("""{"dataset":"d","name":"a","sampler":{"noise":0.80}}""").Spec!;
        var written = SpecWriter.ToNode(spec);
        Assert.Equal(spec, SpecReader.Read(JsonNode.Parse(CanonicalJson.ToText(written))).Spec);
        Assert.Equal(SpecWriter.Hash(Read(Least).Spec!), SpecWriter.Hash(spec));
        Assert.Equal(0.8, written["sampler"]!["noise"]!.GetValue<double>());
        Assert.Equal("cps", written["sampler"]!["kernel"]!.GetValue<string>());
    }
}

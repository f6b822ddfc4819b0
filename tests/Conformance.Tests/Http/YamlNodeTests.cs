using System.Text;
using PortraitGen.Api.Campaigns;

namespace PortraitGen.Conformance.Tests.Http;

public sealed class YamlNodeTests
{
    [Theory]
    [InlineData("a: 12", """{"a":12}""")]
    [InlineData("a: -1.5e-3", """{"a":-0.0015}""")]
    [InlineData("a: 012", """{"a":12}""")]
    [InlineData("a: 1_000", """{"a":"1_000"}""")]
    [InlineData("a: yes", """{"a":"yes"}""")]
    [InlineData("a: 'true'", """{"a":"true"}""")]
    [InlineData("a: TRUE", """{"a":true}""")]
    [InlineData("a: .inf", """{"a":".inf"}""")]
    [InlineData("a: 2026-01-01", """{"a":"2026-01-01"}""")]
    [InlineData("a: ~\nb:", """{"a":null,"b":null}""")]
    [InlineData("a: [1, {b: c}]", """{"a":[1,{"b":"c"}]}""")]
    [InlineData("a: |\n  x\n  y\n", """{"a":"x\ny\n"}""")]
    [InlineData("<<: {a: 1}", """{"\u003C\u003C":{"a":1}}""")]
    public void Scalars_and_collections_read_as_the_core_schema_says(string yaml, string json) => Assert.Equal(json, YamlNode.Parse(yaml)!.ToJsonString());

    [Fact]
    public void A_bomb_of_aliases_is_refused_at_its_first_alias()
    {
        var bomb = new StringBuilder("a0: &a0 [x, x]\n");
        for (int i = 1; i < 30; i++) bomb.Append($"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n");
        var error = Assert.Throws<FormatException>(() => YamlNode.Parse(bomb.ToString()));
        Assert.StartsWith("Line 2, column", error.Message);
        Assert.Contains("aliases", error.Message);
    }

    [Theory]
    [InlineData("a: 1\nb: 2\na: 3", "Line 3", "twice")]
    [InlineData("a: !!str 1", "Line 1", "tags")]
    [InlineData("? [a]\n: 1", "Line 1", "a plain word")]
    [InlineData("a: {b", "Line", "no YAML")]
    [InlineData("a: 1\n---\nb: 1", "Line", "second document")]
    public void What_is_refused_says_where_and_why(string yaml, string place, string why)
    {
        var error = Assert.Throws<FormatException>(() => YamlNode.Parse(yaml));
        Assert.StartsWith(place, error.Message);
        Assert.Contains(why, error.Message);
    }

    [Fact]
    public void Nothing_is_nothing() => Assert.Null(YamlNode.Parse("# only a comment\n"));
}

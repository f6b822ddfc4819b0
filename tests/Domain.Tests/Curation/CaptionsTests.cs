using PortraitGen.Domain.Curation;

namespace PortraitGen.Domain.Tests.Curation;

public sealed class CaptionsTests
{
    [Theory]
    [InlineData("anna.jpg", "anna"), InlineData("team/anna.b.jpg", "team/anna.b"), InlineData("anna", "anna"), InlineData("a.b/anna", "a.b/anna"), InlineData(".jpg", ".jpg")]
    public void A_stem_is_the_name_without_its_last_extension(string name, string stem) => Assert.Equal(stem, Captions.Stem(name));

    [Fact]
    public void A_text_by_full_name_wins_over_one_by_stem_and_that_over_a_sidecar_name()
    {
        var texts = new Dictionary<string, string> { ["a.jpg"] = "full", ["a"] = "stem", ["a.txt"] = "sidecar", ["b.txt"] = "only sidecar" };
        Assert.Equal("full", Captions.For("a.jpg", texts, "t"));
        Assert.Equal("stem", Captions.For("a.png", texts, "t"));
        Assert.Equal("only sidecar", Captions.For("b.webp", texts, "t"));
        Assert.Equal("t", Captions.For("c.webp", texts, "t"));
    }

    [Fact]
    public void The_template_may_name_the_stem_and_an_empty_one_becomes_the_default()
    {
        Assert.Equal("photo of anna b c", Captions.For("team/anna_b-c.jpg", new Dictionary<string, string>(), "photo of {stem}"));
        Assert.Equal(Captions.DefaultTemplate, Captions.For("x.jpg", new Dictionary<string, string> { ["x"] = " \n " }, "  "));
    }

    [Theory]
    [InlineData("\uFEFFa  man\r\n\twith\u0000hat ", "a man with hat"), InlineData("   ", "")]
    public void White_space_and_control_characters_become_single_spaces(string text, string clean) => Assert.Equal(clean, Captions.Clean(text));

    [Fact]
    public void A_long_text_is_cut_at_a_word()
    {
        string clean = Captions.Clean(string.Join(' ', Enumerable.Repeat("portrait", 500)));
        Assert.InRange(clean.Length, Captions.MaxLength - 9, Captions.MaxLength);
        Assert.EndsWith(" portrait", clean);
        Assert.Equal(Captions.MaxLength, Captions.Clean(new string('x', 3000)).Length);
    }
}

using System.Text;

namespace PortraitGen.Domain.Curation;

/// <summary>The caption of a photo: its sidecar's text, else a template.</summary>
public static class Captions
{
    /// <summary>What a photo without a sidecar is called.</summary>
    public const string DefaultTemplate = "portrait photo";

    /// <summary>Longest caption, characters; what is longer is cut at a word.</summary>
    public const int MaxLength = 1000;

    /// <summary>A photo's name without its last extension: <c>team/anna.jpg</c> and <c>team/anna.txt</c> share <c>team/anna</c>.</summary>
    public static string Stem(string name)
    {
        int dot = name.LastIndexOf('.');
        return dot > name.LastIndexOf('/') + 1 ? name[..dot] : name;
    }

    /// <summary>The caption of <paramref name="name"/>.</summary>
    /// <param name="texts">Sidecar texts under the photo's name, its stem, or its stem with <c>.txt</c>; the first of these wins.</param>
    /// <param name="template">For photos without a text. <c>{stem}</c> stands for the file's own name, with spaces for <c>_</c> and <c>-</c>.</param>
    public static string For(string name, IReadOnlyDictionary<string, string> texts, string template)
    {
        foreach (string key in KeysOf(name))
            if (texts.TryGetValue(key, out var text) && Clean(text) is { Length: > 0 } caption) return caption;
        string stem = Stem(name)[(name.LastIndexOf('/') + 1)..].Replace('_', ' ').Replace('-', ' ');
        return Clean(template.Replace("{stem}", stem, StringComparison.Ordinal)) is { Length: > 0 } filled ? filled : DefaultTemplate;
    }

    /// <summary>Under which keys a caption for <paramref name="name"/> may stand, the strongest first.</summary>
    public static IReadOnlyList<string> KeysOf(string name) => [name, Stem(name), Stem(name) + ".txt"];

    /// <summary>One line: control characters and runs of white space become one space each; at most <see cref="MaxLength"/> characters.</summary>
    public static string Clean(string text)
    {
        var line = new StringBuilder(Math.Min(text.Length, MaxLength + 1));
        foreach (char c in text)
        {
            bool space = char.IsWhiteSpace(c) || char.IsControl(c) || c == '\uFEFF';
            if (!space) line.Append(c);
            else if (line.Length > 0 && line[^1] != ' ') line.Append(' ');
            if (line.Length > MaxLength) break;
        }
        if (line.Length <= MaxLength) return line.ToString().TrimEnd();
        string cut = line.ToString(0, MaxLength);
        int word = cut.LastIndexOf(' ');
        if (word < 0) word = char.IsHighSurrogate(cut[^1]) ? MaxLength - 1 : MaxLength;
        return cut[..word];
    }
}

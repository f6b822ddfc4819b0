using System.Net;
using System.Text;

namespace PortraitGen.Gpu.Models.Clip;

/// <summary>Cleans a prompt as CLIP does, and splits it into words.</summary>
/// <remarks>
/// Source: OpenAI CLIP, simple_tokenizer. Of the text repair there (ftfy) only what prompts meet is done: curly quotes made straight,
/// Latin ligatures and full-width forms made plain, accents of Latin letters composed, control characters dropped.
/// </remarks>
internal static class ClipText
{
    public const string Start = "<|startoftext|>", End = "<|endoftext|>";
    private static readonly string[] Contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

    /// <summary>Repaired, unescaped, blanks folded, lower case.</summary>
    public static string Clean(string text)
    {
        string plain = WebUtility.HtmlDecode(WebUtility.HtmlDecode(Repair(text)));
        var folded = new StringBuilder(plain.Length);
        bool blank = false;
        foreach (char c in plain)
        {
            if (IsBlank(c))
            {
                blank = folded.Length > 0;
                continue;
            }

            if (blank) folded.Append(' ');
            blank = false;
            folded.Append(c);
        }

        return folded.Replace("İ", "i̇").ToString().ToLowerInvariant();
    }

    /// <summary>
    /// Words of a clean text: special tokens, English contractions, runs of letters, single digits, runs of anything else.
    /// Works on whole code points, so that letters beyond the basic plane are letters.
    /// </summary>
    public static IEnumerable<string> Words(string text)
    {
        for (int at = 0; at < text.Length;)
        {
            int length = WordLength(text, at);
            if (length > 0) yield return text.Substring(at, length);
            at += Math.Max(1, length);
        }
    }

    private static int WordLength(string text, int at)
    {
        if (IsBlank(text[at])) return 0;
        foreach (string special in (string[])[Start, End])
            if (StartsWith(text, at, special)) return special.Length;
        foreach (string contraction in Contractions)
            if (StartsWith(text, at, contraction)) return contraction.Length;
        var first = RuneAt(text, at);
        if (Rune.IsNumber(first)) return first.Utf16SequenceLength;
        bool letters = Rune.IsLetter(first);
        int end = at;
        while (end < text.Length && !IsBlank(text[end]))
        {
            var rune = RuneAt(text, end);
            if (Rune.IsNumber(rune) || Rune.IsLetter(rune) != letters) break;
            end += rune.Utf16SequenceLength;
        }

        return end - at;
    }

    private static Rune RuneAt(string text, int at) => Rune.TryGetRuneAt(text, at, out var rune) ? rune : Rune.ReplacementChar;

    private static bool StartsWith(string text, int at, string what) => string.CompareOrdinal(text, at, what, 0, what.Length) == 0;

    private static bool IsBlank(char c) => char.IsWhiteSpace(c) || c is >= '\x1c' and <= '\x1f';

    private static string Repair(string text)
    {
        var repaired = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            if (char.IsControl(c) && !IsBlank(c)) continue;
            _ = c switch
            {
                '\u2018' or '\u2019' or '\u201a' or '\u201b' => repaired.Append('\''),
                '\u201c' or '\u201d' or '\u201e' or '\u201f' => repaired.Append('"'),
                '\ufb00' => repaired.Append("ff"),
                '\ufb01' => repaired.Append("fi"),
                '\ufb02' => repaired.Append("fl"),
                '\ufb03' => repaired.Append("ffi"),
                '\ufb04' => repaired.Append("ffl"),
                >= '\uff01' and <= '\uff5e' => repaired.Append((char)(c - 0xfee0)),
                _ => repaired.Append(c),
            };
        }

        // A lone surrogate is no text: it becomes the replacement character.
        return LatinAccents.Join(Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(repaired.ToString())));
    }
}

using System.Text;

namespace PortraitGen.Gpu.Models.Clip;

/// <summary>
/// Joins a Latin letter and the combining accent after it (as some systems type them) to one character. The runtime's own
/// normalisation needs ICU, which this build goes without (invariant globalisation).
/// </summary>
internal static class LatinAccents
{
    private static readonly Dictionary<(char Letter, char Mark), char> Joined = [];

    static LatinAccents()
    {
        Add('\u0300', "aeiouAEIOU", "àèìòùÀÈÌÒÙ");
        Add('\u0301', "aeiouycnszlrAEIOUYCNSZLR", "áéíóúýćńśźĺŕÁÉÍÓÚÝĆŃŚŹĹŔ");
        Add('\u0302', "aeioucghjswyAEIOUCGHJSWY", "âêîôûĉĝĥĵŝŵŷÂÊÎÔÛĈĜĤĴŜŴŶ");
        Add('\u0303', "anoiuANOIU", "ãñõĩũÃÑÕĨŨ");
        Add('\u0308', "aeiouyAEIOUY", "äëïöüÿÄËÏÖÜŸ");
        Add('\u030A', "auAU", "åůÅŮ");
        Add('\u030C', "cdenrstzCDENRSTZ", "čďěňřšťžČĎĚŇŘŠŤŽ");
        Add('\u0327', "cgklnrstCGKLNRST", "çģķļņŗşţÇĢĶĻŅŖŞŢ");
        Add('\u0328', "aeiuAEIU", "ąęįųĄĘĮŲ");
    }

    public static string Join(string text)
    {
        var joined = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            if (joined.Length > 0 && Joined.TryGetValue((joined[^1], c), out char one)) joined[^1] = one;
            else joined.Append(c);
        }

        return joined.ToString();
    }

    private static void Add(char mark, string letters, string joined)
    {
        for (int i = 0; i < letters.Length; i++) Joined.Add((letters[i], mark), joined[i]);
    }
}

namespace PortraitGen.Gpu.Imaging.Drawn;

/// <summary>Turns attributes into a short English caption over a closed vocabulary.</summary>
public static class PortraitCaption
{
    /// <summary>The longest caption, in words.</summary>
    public const int LongestInWords = 18;

    private static readonly string[] Ages = ["young", "adult", "old"];
    private static readonly string[] Colours = ["grey", "white", "black", "blue", "green", "red", "brown", "yellow", "purple"];
    private static readonly string[] HairColours = ["black", "brown", "blond", "red", "grey", "white"];
    private static readonly string[] HairStyles = ["short {0} hair", "long {0} hair", "curly {0} hair", "bald head", "{0} hair bun", "{0} hair fringe"];
    private static readonly string[] Lights = ["soft light", "left light", "right light", "backlit", "warm light", "cool light"];
    private static readonly string[] Skins = ["pale skin", "fair skin", "tan skin", "brown skin", "dark skin"];
    private static readonly string[] Cuts = ["tee", "shirt", "jacket"];
    private static readonly string[] Cloths = ["white", "black", "grey", "blue", "green", "red", "brown", "yellow", "purple"];

    /// <summary>Every phrase a caption can be joined from, after its opening "portrait of a young woman".</summary>
    public static IReadOnlyList<string> Phrases { get; } = [
        .. from age in Ages from who in Whos select $"portrait of {Article(age)} {age} {who}",
        .. Skins,
        .. (from style in HairStyles from colour in HairColours select string.Format(null, style, colour)).Distinct(),
        "stubble", "moustache", "full beard", "glasses", "thick glasses", "smiling", "serious",
        "turned left", "turned right", "tilted", .. Lights,
        .. from colour in Colours select $"{colour} background",
        .. from colour in Cloths from cut in Cuts select $"{colour} {cut}",
    ];

    /// <summary>Every word of every phrase, sorted; fewer than 80.</summary>
    public static IReadOnlyList<string> Words { get; } = [.. Phrases.SelectMany(p => p.Split(' ')).Distinct().Order(StringComparer.Ordinal)];

    private static string[] Whos => ["woman", "man"];

    /// <summary>The caption: phrases joined by commas, the least telling left out where it would grow past the limit.</summary>
    public static string Of(PortraitAttributes person)
    {
        var age = Ages[(int)person.Age];
        var who = Whos[(int)person.Gender];
        // (phrase, rank): the order here is the order of reading, the rank decides who stays
        (string? Phrase, int Rank)[] all = [
            ($"portrait of {Article(age)} {age} {who}", 0),
            (Skins[(int)person.Skin], 7),
            (string.Format(null, HairStyles[(int)person.Hair], HairColours[(int)person.HairColour]), 1),
            (person.Beard switch { Beard.Stubble => "stubble", Beard.Moustache => "moustache", Beard.Full => "full beard", _ => null }, 4),
            (person.Glasses switch { Glasses.Thin => "glasses", Glasses.Thick => "thick glasses", _ => null }, 3),
            (person.Expression switch { Expression.Smile => "smiling", Expression.Serious => "serious", _ => null }, 5),
            (person.Pose switch { Pose.Left => "turned left", Pose.Right => "turned right", Pose.Tilted => "tilted", _ => null }, 6),
            (Lights[(int)person.Light], 8),
            ($"{Colours[(int)person.Backdrop]} background", 2),
            ($"{Cloths[(int)person.Cloth]} {Cuts[(int)person.Cut]}", 9),
        ];
        var left = LongestInWords;
        var kept = new HashSet<int>();
        foreach (var (phrase, rank) in all.OrderBy(a => a.Rank))
        {
            var words = phrase?.Split(' ').Length ?? 0;
            if (words == 0 || words > left) continue;
            left -= words;
            kept.Add(rank);
        }

        return string.Join(", ", all.Where(a => kept.Contains(a.Rank)).Select(a => a.Phrase));
    }

    private static string Article(string next) => "aeiou".Contains(next[0], StringComparison.Ordinal) ? "an" : "a";
}

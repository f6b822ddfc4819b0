namespace PortraitGen.Domain.Curation;

/// <summary>Finds items of equal content. The first by ordinal order of names is kept, whatever order they came in.</summary>
public static class Duplicates
{
    /// <summary>For each name that repeats another's content, the name that is kept.</summary>
    /// <param name="items">Names (unique) and their content, e.g. the hash of a file's bytes or of its pixels.</param>
    public static IReadOnlyDictionary<string, string> Find<TContent>(IEnumerable<(string Name, TContent Content)> items) where TContent : notnull
    {
        var first = new Dictionary<TContent, string>();
        var repeats = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, content) in items.OrderBy(i => i.Name, StringComparer.Ordinal))
            if (!first.TryAdd(content, name)) repeats.Add(name, first[content]);
        return repeats;
    }
}

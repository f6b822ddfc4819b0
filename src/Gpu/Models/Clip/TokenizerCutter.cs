namespace PortraitGen.Gpu.Models.Clip;

/// <summary>Cuts a tokenizer's vocabulary down for a small model.</summary>
public static class TokenizerCutter
{
    /// <summary>A smaller tokenizer that splits the words of the given phrases exactly as the full one does.</summary>
    /// <param name="full">The tokenizer to cut.</param>
    /// <param name="phrases">Texts whose words matter.</param>
    /// <param name="merges">How many merges to keep: those that the words need, filled up with the most frequent.</param>
    /// <param name="maxLength">Tokens per prompt of the new one.</param>
    /// <param name="padToken">What short prompts are filled with.</param>
    /// <remarks>Exact because the merge of least rank that the full list would apply is always kept, so no other can come first.</remarks>
    /// <exception cref="ModelConfigException">The phrases need more merges than that.</exception>
    public static ClipTokenizer Cut(
        ClipTokenizer full, IEnumerable<string> phrases, int merges = 2000, int maxLength = 32, string padToken = ClipText.End)
    {
        var kept = new SortedSet<int>();
        foreach (string phrase in phrases)
            foreach (string word in ClipText.Words(ClipText.Clean(phrase)))
                if (word is not (ClipText.Start or ClipText.End)) full.Split(word, kept);
        if (kept.Count > merges) throw new ModelConfigException($"tokenizer: the phrases need {kept.Count} merges, but only {merges} may be kept.");
        for (int rank = 0; rank < full.Merges.Count && kept.Count < merges; rank++) kept.Add(rank);
        return ClipTokenizer.FromMerges([.. kept.Select(rank => full.Merges[rank])], maxLength, padToken);
    }
}

namespace PortraitGen.Gpu.Models.Memory;

/// <summary>The blocks of SD3 and FLUX, counted tensor by tensor as their code makes and frees them.</summary>
internal static class BlockShapes
{
    /// <summary>SD3's block: it frees what attention and feed-forward made for themselves, and the rest at its end.</summary>
    /// <param name="image">Image tokens.</param>
    /// <param name="text">Text tokens.</param>
    /// <param name="dual">A second attention over the image, beside the first (SD3.5-medium).</param>
    /// <param name="last">The text is only looked at: no projection, no feed-forward.</param>
    public static BlockMemory Joint(Stream image, Stream text, bool dual, bool last)
    {
        double both = image.Size + text.Size;
        double second = dual ? 5 + image.Heads : 0, keptSecond = dual ? 4 + 2 * image.Norm + image.Attention * (1 + 4 * image.Rank) : 0;
        double keptText = last ? text.KeptAttention - text.Attention * (1 + text.Rank) : text.KeptAttention + text.KeptFeed;
        double kept = (1 + image.KeptAttention + image.KeptFeed + keptSecond) * image.Size + (1 + keptText) * text.Size;

        // Inside attention: both inputs, both normed, heads, heads joined, the mix; then its copy, its projection, what the adapter adds.
        double attention = (6 + image.Heads) * both + 3 * image.Size;
        // Inside the image's feed-forward: x, normed, attended, gated, sum, normed; of the text its input, normed, attended.
        double feed = (6 + second + image.InFeed) * image.Size + 3 * text.Size;
        // Inside the text's: the image's are still there, and its gated output and sum.
        double textFeed = last ? 0 : (9 + second) * image.Size + (6 + text.InFeed) * text.Size;
        // With gradients what attention keeps is there too; the normed inputs are counted on both sides.
        double held = (image.KeptAttention - image.Attention + keptSecond) * image.Size + (text.KeptAttention - text.Attention) * text.Size;
        double training = Math.Max(attention, Math.Max(feed + held, textFeed == 0 ? 0 : textFeed + held + (4 + 4 * image.Feed) * image.Size));
        return new(both, kept, training, Math.Max(attention, Math.Max(feed, textFeed)), last ? image.Backward * image.Size : Math.Max(image.Backward * image.Size, text.Backward * text.Size));
    }

    /// <summary>FLUX's double block: it frees at its end alone. Turning queries and keys makes nine: negated halves, stacked, two products, the sum.</summary>
    public static BlockMemory Double(Stream image, Stream text)
    {
        double kept = (1 + image.KeptAttention + image.KeptFeed) * image.Size + (1 + text.KeptAttention + text.KeptFeed) * text.Size;
        // x, normed, heads, joined 3, turned 9, mix; projected, gated, sum, normed, [feed-forward], output, gated, sum.
        double image1 = 22 + image.Heads, text1 = 19 + text.Heads + text.InFeed;
        double sampling = image1 * image.Size + text1 * text.Size;
        double training = sampling + (image.Attention + 4 + 4 * image.Feed) * image.Size + text.Attention * text.Size;
        return new(image.Size + text.Size, kept, training, sampling, Math.Max(image.Backward * image.Size, text.Backward * text.Size));
    }

    /// <summary>FLUX's single block, attention beside the feed-forward, over all tokens. Its feed-forward has no adapter targets.</summary>
    public static BlockMemory Single(Stream all)
    {
        double kept = 1 + 4 + 2 * all.Norm + all.Attention * (1 + 3 * all.Rank) + 4;
        // x, normed, four wide twice, heads, turned 9, mix, both joined 5, projected, gated, sum.
        double alive = 28 + all.Heads;
        return new(all.Size, kept * all.Size, alive * all.Size, alive * all.Size, 13 * all.Size);
    }
}

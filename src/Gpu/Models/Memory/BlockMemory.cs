namespace PortraitGen.Gpu.Models.Memory;

/// <summary>What one transformer block holds for one latent, in numbers.</summary>
/// <param name="Input">Numbers that enter: all that recomputation keeps.</param>
/// <param name="Kept">Numbers that the graph keeps until the backward pass, the input among them.</param>
/// <param name="Training">Numbers at most at once while the block runs with gradients.</param>
/// <param name="Sampling">The same without gradients.</param>
/// <param name="Backward">Numbers that its backward pass takes beside what is kept.</param>
internal readonly record struct BlockMemory(double Input, double Kept, double Training, double Sampling, double Backward);

/// <summary>Tokens of a stream times its features, and which of its layers are adapted; all counts below are in such units.</summary>
/// <param name="Size">Numbers of one activation, [tokens, width].</param>
/// <param name="Rank">The adapter's rank over the width: every adapted layer keeps [tokens, rank].</param>
/// <param name="Attention">1 where attention's layers are adapted, else 0.</param>
/// <param name="Feed">1 where the feed-forward layers are, else 0.</param>
/// <param name="Norm">1 where queries and keys are normed, else 0.</param>
internal readonly record struct Stream(double Size, double Rank, double Attention, double Feed, double Norm)
{
    /// <summary>Queries, keys and values; a norm makes three more of each of the first two: squares, quotients, products.</summary>
    public double Heads => 3 + 6 * Norm;

    /// <summary>What attention keeps: [the normed input], queries, keys, values, what it gave, [a copy for its projection], raw queries and keys before a norm.</summary>
    public double KeptAttention => 4 + 2 * Norm + Attention * (2 + 4 * Rank);

    /// <summary>What follows attention, [its normed form], four wide before the activation, [four after].</summary>
    public double KeptFeed => 5 + Feed * (5 + 2 * Rank);

    /// <summary>Inside a feed-forward: four wide before and after the activation, its output, what the adapter adds.</summary>
    public double InFeed => 9 + Feed;

    /// <summary>The backward pass of a feed-forward: the gradient of the output twice, of four wide from the layer and from its adapter, and of what lies before the activation.</summary>
    public double Backward => 10 + 4 * Feed;
}

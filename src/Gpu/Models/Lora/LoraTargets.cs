namespace PortraitGen.Gpu.Models.Lora;

/// <summary>Names of linear layers that adapters usually attach to.</summary>
public static class LoraTargets
{
    /// <summary>All projections of the attention, of image and text stream.</summary>
    public static IReadOnlyList<string> Attention { get; } =
        ["to_q", "to_k", "to_v", "to_out.0", "add_q_proj", "add_k_proj", "add_v_proj", "to_add_out"];

    /// <summary>The feed-forward layers of both streams.</summary>
    public static IReadOnlyList<string> FeedForward { get; } = ["net.0.proj", "net.2"];

    /// <summary>Whether a module is meant: its path is the target, or ends in it after a dot.</summary>
    public static bool Match(string path, IReadOnlyList<string> targets) =>
        targets.Any(target => path == target || path.EndsWith("." + target, StringComparison.Ordinal));
}

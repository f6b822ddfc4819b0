using PortraitGen.Jobs.Hosting;

namespace PortraitGen.Jobs.Artifacts;

/// <summary>What is kept, and for how long. Datasets, base models, and whatever people can list and download of a campaign are always kept.</summary>
public sealed record RetentionOptions
{
    /// <summary>After its end a campaign keeps everything for so long: rollouts, gradients, result indexes. A fork or a second run within it finds its work done.</summary>
    public TimeSpan Finished { get; init; } = TimeSpan.FromDays(14);

    /// <summary>After that it keeps the policy of the last epoch and of every n-th; 0: of the last alone.</summary>
    public int KeepEvery { get; init; } = 5;

    /// <summary>Nothing younger is touched, whatever refers to it: longer than any shard runs.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromHours(24);

    /// <summary>An upload begun before this and not finished is given up: longer than any upload takes.</summary>
    public TimeSpan Uploads { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How long what was discarded lies in the trash, from which any read brings it back.</summary>
    public TimeSpan Trash { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Reads PORTRAITGEN_KEEP_DAYS and PORTRAITGEN_KEEP_EVERY.</summary>
    /// <exception cref="SettingException">One of them is no whole number from 0.</exception>
    public static RetentionOptions From(Func<string, string?> variable)
    {
        var defaults = new RetentionOptions();
        return defaults with
        {
            Finished = Number("PORTRAITGEN_KEEP_DAYS") is { } days ? TimeSpan.FromDays(days) : defaults.Finished,
            KeepEvery = Number("PORTRAITGEN_KEEP_EVERY") ?? defaults.KeepEvery,
        };

        int? Number(string name) => variable(name)?.Trim() is not { Length: > 0 } text ? null
            : int.TryParse(text, System.Globalization.NumberStyles.None, null, out int n) && n <= 36500 ? n
            : throw new SettingException($"{name} is '{text}', where a whole number from 0 is expected.");
    }
}

namespace PortraitGen.Domain.Scheduling;

/// <summary>Why something waits: a stable word for programs, a sentence for people.</summary>
public sealed record WaitReason(string Code, string Text);

/// <summary>The stable words of <see cref="WaitReason.Code"/>.</summary>
public static class WaitCodes
{
    /// <summary>Its campaign has ended, or is held.</summary>
    public const string Held = "held";

    /// <summary>It has ended itself.</summary>
    public const string Ended = "ended";

    /// <summary>An earlier job of the campaign runs.</summary>
    public const string Turn = "turn";

    /// <summary>Its next shards are being planned.</summary>
    public const string Planning = "planning";

    /// <summary>Nothing waits: all that is left is with workers.</summary>
    public const string InFlight = "in-flight";

    /// <summary>Shards that failed pause before their next try.</summary>
    public const string Pause = "pause";

    public const string Capability = "capability";
    public const string Budget = "budget";
    public const string Quota = "quota";
    public const string Window = "window";
    public const string Share = "share";
    public const string Position = "position";

    /// <summary>It goes next.</summary>
    public const string Next = "next";
}

/// <summary>When the shards that wait may be through.</summary>
/// <param name="StartsInSeconds">Until the next of them starts.</param>
/// <param name="DoneInSeconds">Until all of the stage in hand are done.</param>
/// <param name="Basis">What the figures rest on.</param>
public sealed record WaitEstimate(double StartsInSeconds, double DoneInSeconds, string Basis);

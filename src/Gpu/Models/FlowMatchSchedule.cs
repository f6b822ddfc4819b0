using System.Text.Json.Nodes;

namespace PortraitGen.Gpu.Models;

/// <summary>The noise schedule of rectified flow, with a static or a resolution-dependent shift.</summary>
/// <remarks>Source: diffusers 0.31, FlowMatchEulerDiscreteScheduler, with its rounding: fp32 where it has tensors, double where it has arrays.</remarks>
public sealed record FlowMatchSchedule
{
    public const string ClassName = "FlowMatchEulerDiscreteScheduler";

    public int NumTrainTimesteps { get; init; } = 1000;
    /// <summary>Static shift; above 1 it spends more steps at high noise.</summary>
    public double Shift { get; init; } = 1;
    /// <summary>The shift is exp(mu), with mu from the number of image tokens.</summary>
    public bool UseDynamicShifting { get; init; }
    public double BaseShift { get; init; } = 0.5;
    public double MaxShift { get; init; } = 1.15;
    public int BaseImageSeqLen { get; init; } = 256;
    public int MaxImageSeqLen { get; init; } = 4096;

    /// <summary>Reads scheduler_config.json.</summary>
    /// <exception cref="ModelConfigException">Another class, or an impossible value.</exception>
    public static FlowMatchSchedule Parse(string json, string label = "scheduler_config.json")
    {
        var read = ConfigJson.Parse(json, label);
        read.RequireClass(ClassName);
        foreach (string key in (string[])["use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas", "invert_sigmas", "stochastic_sampling"])
            if (read.Flag(key, false)) throw read.Bad(key, "is not supported; set it to false");
        return new FlowMatchSchedule
        {
            NumTrainTimesteps = read.Int("num_train_timesteps", 1000, most: 1_000_000),
            Shift = read.Number("shift", 1, 1e-3, 1e3),
            UseDynamicShifting = read.Flag("use_dynamic_shifting", false),
            BaseShift = read.Number("base_shift", 0.5, -20, 20),
            MaxShift = read.Number("max_shift", 1.15, -20, 20),
            BaseImageSeqLen = read.Int("base_image_seq_len", 256),
            MaxImageSeqLen = read.Int("max_image_seq_len", 4096),
        };
    }

    /// <summary>The config as scheduler_config.json.</summary>
    public string ToJson() => new JsonObject
    {
        ["_class_name"] = ClassName,
        ["base_image_seq_len"] = BaseImageSeqLen,
        ["base_shift"] = BaseShift,
        ["max_image_seq_len"] = MaxImageSeqLen,
        ["max_shift"] = MaxShift,
        ["num_train_timesteps"] = NumTrainTimesteps,
        ["shift"] = Shift,
        ["use_dynamic_shifting"] = UseDynamicShifting,
    }.ToJsonString(ConfigFormat.Indented);

    /// <summary>mu for a number of image tokens: a line through (base length, base shift) and (max length, max shift).</summary>
    public double Mu(int imageTokens)
    {
        double slope = (MaxShift - BaseShift) / (MaxImageSeqLen - BaseImageSeqLen);
        return imageTokens * slope + (BaseShift - slope * BaseImageSeqLen);
    }

    /// <summary>The levels of a run of n steps.</summary>
    /// <param name="count">n, at least 1.</param>
    /// <param name="mu">Required with dynamic shifting, otherwise not allowed.</param>
    /// <exception cref="ArgumentException">n or mu is wrong.</exception>
    public FlowMatchSteps Steps(int count, double? mu = null)
    {
        if (count < 1) throw new ArgumentException($"{count} steps; at least 1 is needed.");
        // The ends went through the static shift once already in the scheduler's own table; the levels between go through it (again) below.
        double first = Ends(NumTrainTimesteps) * NumTrainTimesteps, last = Ends(1) * NumTrainTimesteps;
        double[] levels = new double[count];
        for (int i = 0; i < count; i++) levels[i] = (count == 1 ? first : first + i * ((last - first) / (count - 1))) / NumTrainTimesteps;
        if (count > 1) levels[^1] = last / NumTrainTimesteps;
        return Steps(levels, mu);
    }

    /// <summary>The levels of a run over given sigmas (before the shift), as FLUX's pipeline gives them.</summary>
    /// <param name="sigmas">Falling, in (0, 1].</param>
    /// <param name="mu">Required with dynamic shifting, otherwise not allowed.</param>
    /// <exception cref="ArgumentException">Sigmas or mu are wrong.</exception>
    public FlowMatchSteps Steps(IReadOnlyList<double> sigmas, double? mu = null)
    {
        if (UseDynamicShifting != mu.HasValue)
            throw new ArgumentException(UseDynamicShifting ? "This schedule shifts by resolution: mu is needed." : "This schedule has a static shift: mu has no place.");
        if (sigmas.Count == 0 || sigmas.Any(sigma => !(sigma is > 0 and <= 1))) throw new ArgumentException("Sigmas must lie in (0, 1].");
        float[] shifted = new float[sigmas.Count + 1], timesteps = new float[sigmas.Count];
        for (int i = 0; i < sigmas.Count; i++)
        {
            double s = sigmas[i];
            shifted[i] = (float)(mu is { } m ? Math.Exp(m) / (Math.Exp(m) + (1 / s - 1)) : Shift * s / (1 + (Shift - 1) * s));
            timesteps[i] = shifted[i] * NumTrainTimesteps;
        }

        return new FlowMatchSteps(shifted, timesteps);
    }

    private double Ends(int timestep)
    {
        float sigma = (float)timestep / NumTrainTimesteps;
        return UseDynamicShifting ? sigma : (float)Shift * sigma / (1 + (float)(Shift - 1) * sigma);
    }
}

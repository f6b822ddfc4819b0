namespace PortraitGen.Domain.Grpo;

/// <summary>One reward's scores in an epoch.</summary>
/// <param name="Weight">Factor after normalisation, &gt;= 0.</param>
/// <param name="Cap">Scores above are cut to it: its mean over real portraits, or infinity.</param>
/// <param name="Generated">[group][sample].</param>
/// <param name="Exemplars">[group][exemplar].</param>
public sealed record RewardScores(double Weight, double Cap, double[][] Generated, double[][] Exemplars);

/// <summary>Advantages of an epoch, with what a person should watch.</summary>
/// <param name="Generated">[group][sample], 0 in a group without spread.</param>
/// <param name="Exemplars">[group][exemplar], never negative.</param>
/// <param name="ZeroSpread">Share of (reward, group) pairs whose scores (in modes union and baseline-only the exemplar's too) did not differ; they teach nothing.</param>
/// <param name="RealBelowMean">Share of (reward, exemplar) pairs that score below their group's generated mean: the first sign of reward hacking.</param>
public sealed record EpochAdvantages(double[][] Generated, double[][] Exemplars, double ZeroSpread, double RealBelowMean);

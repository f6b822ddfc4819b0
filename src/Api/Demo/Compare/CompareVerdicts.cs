using PortraitGen.Domain.Compare;

namespace PortraitGen.Api.Demo.Compare;

/// <summary>The rule's answers, as sentences.</summary>
internal static class CompareVerdicts
{
    /// <summary>The one that matters first: does the policy trained with fresh exemplars beat the base?</summary>
    public static IReadOnlyList<string> Of(Comparison comparison)
    {
        var table = comparison.Table;
        var others = comparison.Arms.Select(a => a.Key).Where(a => a is not ComparisonArms.Fresh);
        var hacking = comparison.Arms.Where(a => table.Hacks(a.Key)).Select(a => a.Name).ToArray();
        return
        [
            .. others.Select(other => Line(comparison, table.Judge(ComparisonArms.Fresh, other), other)),
            comparison.Seeds.Count < 2 ? "One seed has no spread: give --seeds 2 or more for a verdict."
                : $"Signs of reward hacking (a reward better than the base's, a held-out measure worse): {(hacking.Length > 0 ? string.Join("; ", hacking) : "none")}.",
        ];
    }

    private static string Line(Comparison comparison, IReadOnlyDictionary<JudgedMeasure, Verdict> judged, string other)
    {
        var heldout = judged.Where(j => !j.Key.Rewarded).ToArray();
        string Named(Verdict verdict)
        {
            var names = heldout.Where(j => j.Value == verdict).Select(j => j.Key.Name).ToArray();
            return names.Length == 0 ? "0" : $"{names.Length} ({string.Join("; ", names)})";
        }
        return $"{comparison.NameOf(ComparisonArms.Fresh)} against {comparison.NameOf(other)}, {comparison.Seeds.Count} seed(s), {heldout.Length} held-out measures: "
            + $"better by more than the spread in {Named(Verdict.Better)}, worse in {Named(Verdict.Worse)}, within the spread in {heldout.Count(j => j.Value is Verdict.WithinSpread or Verdict.OneSeed)}.";
    }
}

using System.Diagnostics;
using PortraitGen.EndToEnd.Tests.Micro;

namespace PortraitGen.EndToEnd.Tests;

/// <summary>Says how long a run took: the numbers that documents quote come from here.</summary>
internal static class Timings
{
    public static void Say(string form, MicroResult result, Stopwatch watch) => TestContext.Current.SendDiagnosticMessage(
        $"{form}: campaign {result.Took.TotalSeconds:F1} s, with start, upload and curation {watch.Elapsed.TotalSeconds:F1} s, final checkpoint {result.Hash}");
}

using System.Diagnostics;
using System.Text.Json;

namespace PortraitGen.Gpu.Tests;

/// <summary>Runs an explicit test of this assembly in a process of its own, and takes its answer.</summary>
internal static class OwnProcess
{
    private const string Question = "PORTRAITGEN_TEST_QUESTION", Answer = "PORTRAITGEN_TEST_ANSWER";

    /// <summary>In the parent: the answer of the explicit test of that full name.</summary>
    public static async Task<T> AskAsync<T>(string test, string question, CancellationToken cancel)
    {
        string answer = Path.GetTempFileName();
        try
        {
            var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "Gpu.Tests"), ["-noColor", "-explicit", "only", "-method", test]) { RedirectStandardOutput = true };
            (start.Environment[Question], start.Environment[Answer]) = (question, answer);
            start.Environment["MALLOC_MMAP_THRESHOLD_"] = "65536"; // a tensor's memory goes back to the system when the tensor goes
            using var process = Process.Start(start)!;
            string said = await process.StandardOutput.ReadToEndAsync(cancel);
            await process.WaitForExitAsync(cancel);
            Assert.True(process.ExitCode == 0, said);
            return JsonSerializer.Deserialize<T>(await File.ReadAllBytesAsync(answer, cancel))!;
        }
        finally
        {
            File.Delete(answer);
        }
    }

    /// <summary>In the child: what was asked, and where its answer goes.</summary>
    public static void Reply<T>(Func<string, T> answer)
    {
        string question = Environment.GetEnvironmentVariable(Question) ?? throw new InvalidOperationException($"Only another test runs this one, with {Question}.");
        File.WriteAllBytes(Environment.GetEnvironmentVariable(Answer)!, JsonSerializer.SerializeToUtf8Bytes(answer(question)));
    }
}

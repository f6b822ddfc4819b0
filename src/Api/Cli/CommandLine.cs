using System.CommandLine;
using PortraitGen.Api.Hosting;
using PortraitGen.Domain.Artifacts;
using PortraitGen.Jobs.Artifacts;
using PortraitGen.Jobs.Hosting;

namespace PortraitGen.Api.Cli;

/// <summary>What the program says to scripts. Stable.</summary>
public static class ExitCodes
{
    public const int Ok = 0;

    /// <summary>It was tried, and it failed.</summary>
    public const int Failed = 1;

    /// <summary>The command line or the input is wrong: trying again gives the same.</summary>
    public const int BadInput = 2;

    /// <summary>A server could not be reached: trying later may help.</summary>
    public const int Unreachable = 3;
}

/// <summary>A command cannot go on: one line for people, a code for scripts.</summary>
public sealed class CommandException(int exitCode, string message) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}

/// <summary>Runs a command line: errors go to standard error, one line each, never a stack trace.</summary>
public static class CommandLine
{
    private const string TraceVariable = "PORTRAITGEN_TRACE";

    public static async Task<int> RunAsync(RootCommand root, string[] args)
    {
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors) Say(error.Message);
            Console.Error.WriteLine($"See '{Usage(parsed)} --help'.");
            return ExitCodes.BadInput;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(150) });
        }
        catch (CommandException e)
        {
            foreach (string line in e.Message.Split('\n')) Say(line);
            return e.ExitCode;
        }
        catch (SettingException e)
        {
            Say(e.Message);
            return ExitCodes.BadInput;
        }
        catch (Exception e) when (e is ServerNotReadyException or ServerUnreachableException)
        {
            Say(e.Message);
            return ExitCodes.Unreachable;
        }
        catch (Exception e) when (e is ArtifactStoreException or ArtifactCorruptException or ArtifactMissingException or IOException or UnauthorizedAccessException)
        {
            Say(e.Message);
            return ExitCodes.Failed;
        }
        catch (OperationCanceledException)
        {
            Say("stopped");
            return ExitCodes.Failed;
        }
        catch (Exception e)
        {
            Say($"{e.Message} ({e.GetType().Name}; {TraceVariable}=1 shows where)");
            if (Environment.GetEnvironmentVariable(TraceVariable) == "1") Console.Error.WriteLine(e);
            return ExitCodes.Failed;
        }
    }

    public static void Say(string line) => Console.Error.WriteLine($"portraitgen: {line.ReplaceLineEndings(" ")}");

    private static string Usage(ParseResult parsed)
    {
        var words = new List<string>();
        for (var result = parsed.CommandResult; result is not null; result = result.Parent as System.CommandLine.Parsing.CommandResult)
            words.Insert(0, result.Command is RootCommand ? "portraitgen" : result.Command.Name);
        return string.Join(' ', words);
    }
}

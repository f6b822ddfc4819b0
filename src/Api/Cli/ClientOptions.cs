using System.CommandLine;
using PortraitGen.Api.Hosting;

namespace PortraitGen.Api.Cli;

/// <summary>The options of every verb that asks a server.</summary>
internal static class ClientOptions
{
    public const string Variable = "PORTRAITGEN_SERVER";

    public static Option<string> Server { get; } = new("--server")
    {
        Description = $"The server's address. Default: {Variable}, else {ServeSettings.DefaultAddress}.",
        HelpName = "URL",
        Recursive = true,
    };

    public static Option<bool> Json { get; } = new("--json") { Description = "Print JSON for scripts instead of tables.", Recursive = true };

    /// <summary>A command with subcommands that ask a server.</summary>
    public static Command Group(string name, string description, params ReadOnlySpan<Command> verbs)
    {
        var group = new Command(name, description) { Server, Json };
        foreach (var verb in verbs) group.Add(verb);
        return group;
    }

    /// <summary>A verb that is handed a client.</summary>
    public static Command Verb(this Command command, Func<ParseResult, ApiClient, CancellationToken, Task<int>> run)
    {
        command.SetAction(async (parsed, cancel) =>
        {
            using var client = ApiClient.To(Address(parsed));
            return await run(parsed, client, cancel);
        });
        return command;
    }

    private static Uri Address(ParseResult parsed)
    {
        string text = parsed.GetValue(Server) ?? Environment.GetEnvironmentVariable(Variable) ?? ServeSettings.DefaultAddress;
        return Uri.TryCreate(text.TrimEnd('/') + "/", UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? uri
            : throw new CommandException(ExitCodes.BadInput, $"'{text}' is no server address: write it as {ServeSettings.DefaultAddress}.");
    }
}

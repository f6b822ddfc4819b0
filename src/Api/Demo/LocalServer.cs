using PortraitGen.Api.Cli;
using PortraitGen.Api.Hosting;
using PortraitGen.Jobs.Hosting;

namespace PortraitGen.Api.Demo;

/// <summary>The server inside a command's own process. However the command ends, shards have left their threads before anything is disposed of:
/// a thread that computes in native memory while the process goes away takes it down.</summary>
internal sealed class LocalServer : IAsyncDisposable
{
    private LocalServer(WebApplication app) => App = app;

    public WebApplication App { get; }

    public static async Task<LocalServer> StartAsync(string data, IReadOnlyList<string> models, TimeProvider clock, CancellationToken cancel)
    {
        var server = new LocalServer(ApiHost.Build(new ServeSettings
        {
            Jobs = new JobsOptions { DataFolder = data },
            Listen = "http://127.0.0.1:0",
            Workers = Environment.ProcessorCount,
            Models = models,
            Log = LogLevel.Warning,
            Grace = TimeSpan.Zero, // somebody waits for the prompt, and shards are short
        }, services => services.AddSingleton(clock)));
        try
        {
            await server.App.StartAsync(cancel);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Says how to go on when Ctrl-C stopped the work.</summary>
    public static async Task<int> ResumableAsync(Func<Task<int>> run, CancellationToken cancel)
    {
        using var told = cancel.Register(() => CommandLine.Say("stopping"));
        try
        {
            return await run();
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            throw new CommandException(ExitCodes.Failed, "stopped. The same command again goes on from here.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await App.StopAsync(CancellationToken.None);
        await App.DisposeAsync();
    }
}

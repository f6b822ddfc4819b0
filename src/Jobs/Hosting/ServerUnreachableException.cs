namespace PortraitGen.Jobs.Hosting;

/// <summary>A server that was configured does not answer as it should.</summary>
/// <param name="server">Its address, without a password.</param>
/// <param name="tried">What was tried.</param>
/// <param name="variable">The setting that names it.</param>
public sealed class ServerUnreachableException(string server, string tried, string variable, Exception inner)
    : Exception($"{server} cannot be used. Tried: {tried}. It said: {inner.Message.ReplaceLineEndings(" ")} Start it, or correct {variable}.", inner)
{
    public string Server { get; } = server;
}

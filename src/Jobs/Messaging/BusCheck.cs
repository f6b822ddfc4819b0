using Microsoft.Extensions.Hosting;
using PortraitGen.Jobs.Hosting;
using RabbitMQ.Client;

namespace PortraitGen.Jobs.Messaging;

/// <summary>Asks RabbitMQ for a connection before anything else starts, so that a wrong address is named at once and not after minutes of waiting.</summary>
internal sealed class BusCheck(string rabbitMq, TimeProvider clock) : IHostedService
{
    private const int Tries = 6;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5), Pause = TimeSpan.FromSeconds(2);

    /// <exception cref="ServerUnreachableException">Says which server, without the password, and what was tried.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        for (int tries = 1; ; tries++)
        {
            try
            {
                var factory = new ConnectionFactory { Uri = new Uri(rabbitMq), RequestedConnectionTimeout = Patience };
                await using var connection = await factory.CreateConnectionAsync("portraitgen-check", cancellationToken);
                return;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // A broker that refuses the password or the virtual host will do so again; one that starts will not.
                if (tries >= Tries || e.InnerException is RabbitMQ.Client.Exceptions.AuthenticationFailureException)
                    throw new ServerUnreachableException(Describe(rabbitMq), $"connecting, {tries} times", "PORTRAITGEN_RABBITMQ", e.GetBaseException());
                await Task.Delay(Pause, clock, cancellationToken);
            }
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Where the broker is, for people: never with a password.</summary>
    public static string Describe(string rabbitMq)
    {
        var url = new Uri(rabbitMq);
        string user = Uri.UnescapeDataString(url.UserInfo.Split(':')[0]);
        return $"RabbitMQ {url.Host}:{(url.Port > 0 ? url.Port : 5672)}{url.AbsolutePath}{(user.Length > 0 ? $" as {user}" : "")}";
    }
}

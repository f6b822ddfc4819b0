using System.Text.Json;
using System.Text.Json.Nodes;
using MassTransit;
using MassTransit.Middleware;
using Microsoft.Extensions.Logging;

namespace PortraitGen.Jobs.Messaging;

/// <summary>Messages of a type or version that this release does not know: parked in the queue's <c>_skipped</c> queue, which is durable, and said aloud.</summary>
/// <remarks>Nothing hangs on them: a shard that nobody takes is dispatched again, a report that nobody takes is made up for by the result index.</remarks>
public static partial class SkippedMessages
{
    public static void Park(IReceiveEndpointConfigurator endpoint, string queue, ILogger logger) => endpoint.ConfigureDeadLetter(pipe =>
    {
        pipe.UseExecute(context => LogSkipped(logger, TypeOf(context.Body.GetString()), queue, $"{queue}_skipped"));
        pipe.UseFilter(new DeadLetterTransportFilter());
    });

    private static string TypeOf(string body)
    {
        try
        {
            return JsonNode.Parse(body)?["messageType"]?[0]?.ToString() ?? "no type";
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentOutOfRangeException)
        {
            return "no envelope that can be read";
        }
    }

    [LoggerMessage(1111, LogLevel.Error, "A message of {Type} on {Queue} is of no version that this release knows. It is parked in {Parked}: upgrade this program, then move it back")]
    private static partial void LogSkipped(ILogger logger, string type, string queue, string parked);
}

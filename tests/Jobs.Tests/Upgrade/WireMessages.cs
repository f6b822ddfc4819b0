using System.Text;
using MassTransit;
using MassTransit.Serialization;

namespace PortraitGen.Jobs.Tests.Upgrade;

/// <summary>Reads messages as the bus does.</summary>
internal static class WireMessages
{
    public static T Read<T>(FixtureBook book, string name) where T : class => Parse<T>(File.ReadAllText(Path.Combine(book.Messages, name + ".json")))
        ?? throw new InvalidOperationException($"{name} was not understood as a {typeof(T).Name}.");

    /// <summary>Null when the envelope holds no message that this type understands.</summary>
    public static T? Parse<T>(string envelope) where T : class
    {
        var context = new SystemTextJsonMessageSerializer().Deserialize(new BytesMessageBody(Encoding.UTF8.GetBytes(envelope)), new DictionarySendHeaders(new Dictionary<string, object?>()));
        return context.TryGetMessage<T>(out var message) ? message : null;
    }
}

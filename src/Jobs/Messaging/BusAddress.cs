using System.Diagnostics.CodeAnalysis;

namespace PortraitGen.Jobs.Messaging;

/// <summary>Where the broker is: amqp(s)://user:password@host:port/vhost.</summary>
public static class BusAddress
{
    public static bool TryParse(string? text, [NotNullWhen(true)] out Uri? address) =>
        Uri.TryCreate(text, UriKind.Absolute, out address) && address.Scheme is "amqp" or "amqps";
}

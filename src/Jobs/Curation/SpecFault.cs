namespace PortraitGen.Jobs.Curation;

/// <summary>One fault of a specification.</summary>
/// <param name="Path">Where, e.g. <c>photos[3].hash</c>.</param>
/// <param name="Message">What is wrong and what is allowed; reads on from the path.</param>
public sealed record SpecFault(string Path, string Message)
{
    public override string ToString() => $"{Path} {Message}";
}

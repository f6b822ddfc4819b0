namespace PortraitGen.Domain.Campaigns;

/// <summary>One fault of a specification.</summary>
/// <param name="Path">Where, e.g. <c>optimizer.learningRate</c>; empty for the whole.</param>
/// <param name="Message">What is wrong, one sentence.</param>
/// <param name="Allowed">What may stand there, e.g. <c>a number from 0.1 to 20</c>; null where nothing may.</param>
public sealed record SpecError(string Path, string Message, string? Allowed = null)
{
    public override string ToString() => Allowed is null ? $"{Path}: {Message}" : $"{Path}: {Message} Allowed: {Allowed}.";
}

namespace PortraitGen.Gpu.Runtime;

/// <summary>Who this worker is, and which start of it.</summary>
/// <param name="BootId">Drawn at each start of the process.</param>
public sealed record WorkerIdentity(string Name, Guid BootId)
{
    public static WorkerIdentity Boot(string name, TimeProvider clock) => new(name, Guid.CreateVersion7(clock.GetUtcNow()));
}

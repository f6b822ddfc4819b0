using PortraitGen.Domain.Artifacts;
using PortraitGen.Domain.Campaigns;
using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Tensors;

namespace PortraitGen.Gpu.Runtime;

/// <summary>Why a running shard was told to stop.</summary>
internal enum StopCause { None, Cancelled, Preempted, TooLong }

/// <summary>Gives an exception its class of failure.</summary>
internal static class ShardFailure
{
    public static string ClassOf(Exception e, StopCause cause) => e switch
    {
        OperationCanceledException when cause is StopCause.Cancelled => FailureClasses.Cancelled,
        OperationCanceledException when cause is StopCause.Preempted => FailureClasses.Preempted,
        OperationCanceledException when cause is StopCause.TooLong => FailureClasses.TooLong,
        ShardFailedException known => known.FailureClass,
        _ when DamagedObject(e) is not null => FailureClasses.Corrupt,
        // What is read was checked against its hash: a model that does not fit will not fit the next time either.
        ModelConfigException or WeightsException or SafetensorsException => FailureClasses.UserError,
        _ when SaysOutOfMemory(e) => FailureClasses.Oom,
        _ => FailureClasses.Infra,
    };

    /// <summary>The object, 64 hex digits, whose bytes are damaged or gone; null when that is not what happened.</summary>
    public static string? DamagedObject(Exception? e) => e switch
    {
        null => null,
        ArtifactCorruptException corrupt => corrupt.Name,
        ArtifactMissingException missing => missing.Name,
        _ => DamagedObject(e.InnerException),
    };

    // libtorch throws its own type; the CPU allocator and CUDA each have their words for it.
    private static bool SaysOutOfMemory(Exception e) =>
        e is OutOfMemoryException
        || e.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase)
        || e.Message.Contains("can't allocate memory", StringComparison.OrdinalIgnoreCase);
}

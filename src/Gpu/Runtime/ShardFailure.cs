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
        // What is read was checked against its hash: a model that does not fit will not fit the next time either.
        ModelConfigException or WeightsException or SafetensorsException => FailureClasses.UserError,
        _ when SaysOutOfMemory(e) => FailureClasses.Oom,
        _ => FailureClasses.Infra,
    };

    // libtorch throws its own type; the CPU allocator and CUDA each have their words for it.
    private static bool SaysOutOfMemory(Exception e) =>
        e is OutOfMemoryException
        || e.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase)
        || e.Message.Contains("can't allocate memory", StringComparison.OrdinalIgnoreCase);
}

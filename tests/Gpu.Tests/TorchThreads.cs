using System.Runtime.CompilerServices;
using TorchSharp;

namespace PortraitGen.Gpu.Tests;

/// <summary>One torch thread, as the default execution profile asks for: sums have one order on every machine.</summary>
internal static class TorchThreads
{
    [ModuleInitializer]
    internal static void One() => torch.set_num_threads(1);
}

using System.Reflection;
using System.Runtime.CompilerServices;
using TorchSharp;
using Xunit.v3;

[assembly: PortraitGen.Gpu.Tests.OneTorchThread]

namespace PortraitGen.Gpu.Tests;

/// <summary>One torch thread, as the default execution profile asks for: sums have one order on every machine.</summary>
internal static class TorchThreads
{
    [ModuleInitializer]
    internal static void One() => torch.set_num_threads(1);
}

/// <summary>OpenMP counts its threads for each calling thread anew, and some kernels ask it before torch has told it: the first sums of a thread would have another order.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class OneTorchThreadAttribute : BeforeAfterTestAttribute
{
    public override void Before(MethodInfo methodUnderTest, IXunitTest test) => torch.set_num_threads(1);
}

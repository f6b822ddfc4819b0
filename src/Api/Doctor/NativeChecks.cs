using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using PortraitGen.Gpu.Runtime;
using SkiaSharp;
using TorchSharp;

[assembly: InternalsVisibleTo("Conformance.Tests")]

namespace PortraitGen.Api.Doctor;

internal static class NativeChecks
{
    public static DoctorFinding Tensors()
    {
        try
        {
            using var ones = torch.ones(2, 3);
            using var sum = ones.sum();
            return sum.item<float>() == 6
                ? new("libtorch", DoctorLevel.Ok, $"loads and computes, {torch.get_num_threads()} threads")
                : new("libtorch", DoctorLevel.Fail, "loads, but 2 x 3 ones do not sum to 6", "Delete the build output and build again.");
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return TensorFailure(LoaderMessage(e));
        }
    }

    /// <summary>Says what the dynamic loader's words mean: TorchSharp's own exception names another cause.</summary>
    internal static DoctorFinding TensorFailure(string message) => message switch
    {
        _ when message.Contains("GLIBCXX_", StringComparison.Ordinal) => new("libtorch", DoctorLevel.Fail,
            $"libLibTorchSharp.so wants a newer libstdc++ than this system has: {message}",
            "Build again, so that the build's ElfCompat target patches the library in the output folder, or install the libstdc++ of GCC 13 or later."),
        _ when message.Contains("cannot open shared object", StringComparison.Ordinal) || message.Contains("Unable to load", StringComparison.Ordinal) => new("libtorch", DoctorLevel.Fail,
            $"a native library is missing: {message}", "Build with -p:TorchBackend=cpu (or cuda) for this system; a build with none computes nothing."),
        _ => new("libtorch", DoctorLevel.Fail, message, "Delete the build output and build with -p:TorchBackend=cpu."),
    };

    public static DoctorFinding Arithmetic()
    {
        try
        {
            return ArithmeticFinding(ArithmeticCheck.Gap());
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return new("Arithmetic", DoctorLevel.Warn, "not known, as libtorch does not load", "Mend libtorch first.");
        }
    }

    internal static DoctorFinding ArithmeticFinding(double gap) => gap < ArithmeticCheck.Bound
        ? new("Arithmetic", DoctorLevel.Ok, FormattableString.Invariant($"gradients agree with double precision ({gap:0.0e+0} apart)"))
        : new("Arithmetic", DoctorLevel.Fail, FormattableString.Invariant($"gradients of convolutions are wrong on this processor: {gap:G2} from double precision, where rounding explains 1e-4"),
            "Start the program with ONEDNN_MAX_CPU_ISA=SSE41, which is slower, and report the processor.");

    public static DoctorFinding Cuda()
    {
        try
        {
            return torch.cuda.is_available()
                ? new("CUDA", DoctorLevel.Ok, $"{torch.cuda.device_count()} devices")
                : new("CUDA", DoctorLevel.Ok, "none: tensors are computed on the CPU");
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return new("CUDA", DoctorLevel.Warn, "not known, as libtorch does not load", "Mend libtorch first.");
        }
    }

    public static DoctorFinding Imaging()
    {
        try
        {
            using var bitmap = new SKBitmap(2, 2);
            bitmap.Erase(SKColors.Red);
            using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
            using var back = SKBitmap.Decode(data.ToArray());
            return back.GetPixel(1, 1) == SKColors.Red
                ? new("Skia", DoctorLevel.Ok, "loads, and a PNG comes back as it was written")
                : new("Skia", DoctorLevel.Fail, "loads, but a PNG comes back with other colours", "Delete the build output and build again.");
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return new("Skia", DoctorLevel.Fail, $"libSkiaSharp does not load: {Innermost(e)}", "Build for this system's own runtime identifier, so that the native library lies beside the program.");
        }
    }

    private static string LoaderMessage(Exception e)
    {
        string library = Path.Combine(AppContext.BaseDirectory, "libLibTorchSharp.so");
        if (!OperatingSystem.IsLinux() || !File.Exists(library)) return Innermost(e);
        try
        {
            NativeLibrary.Load(library);
            return Innermost(e);
        }
        catch (DllNotFoundException loader)
        {
            return Innermost(loader);
        }
    }

    private static string Innermost(Exception e)
    {
        while (e.InnerException is { } inner) e = inner;
        return e.Message.ReplaceLineEndings(" ").Trim();
    }
}

using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using PortraitGen.Gpu.Models;
using PortraitGen.Gpu.Models.Lora;
using PortraitGen.Gpu.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests.Tensors;

[CollectionDefinition(nameof(MemoryMeasured), DisableParallelization = true)]
public sealed class MemoryMeasured;

/// <summary>Memory of the whole process is measured: nothing else runs beside.</summary>
[Collection(nameof(MemoryMeasured))]
public sealed class LazyReadingTests : IDisposable
{
    private const long MiB = 1 << 20;
    private readonly string _folder = Directory.CreateTempSubdirectory("lazy").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Of_a_file_of_six_gigabytes_only_what_is_asked_for_is_read_and_never_twice()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc");
        string path = Sparse("""{"small":{"dtype":"F32","shape":[1024],"data_offsets":[0,4096]},"middle":{"dtype":"F32","shape":[256,262144],"data_offsets":[4096,268439552]},"huge":{"dtype":"BF16","shape":[3,1073741824],"data_offsets":[268439552,6710890496]}}""", 6710890496, [(4092, 7f), (268439548, 5f)]);
        long before = Resident("VmRSS:");
        using var file = SafetensorsFile.Open(path);
        using var small = file.Read("small");
        Assert.Equal(7, small[1023].item<float>());
        Assert.InRange(Resident("VmRSS:") - before, -64 * MiB, 32 * MiB);

        ResetPeak();
        before = Resident("VmRSS:");
        using var middle = file.Read("middle");
        Assert.Equal(5, middle[255, 262143].item<float>());
        // 256 MiB once, and a window of 64 MiB of the map at a time.
        Assert.InRange(Resident("VmHWM:") - before, 200 * MiB, (256 + 64 + 32) * MiB);
        Assert.InRange(Resident("VmRSS:") - before, 200 * MiB, (256 + 32) * MiB);
    }

    [Fact]
    public void A_tensor_across_windows_comes_back_whole_and_a_file_that_shrank_is_refused()
    {
        using var scope = NewDisposeScope();
        string path = Path.Combine(_folder, "wide.safetensors");
        var wide = arange(40_000_000, ScalarType.Float32); // 160 MB: three windows
        SafetensorsWriter.WriteFile(path, [("a", ones(3)), ("wide", wide)]);
        using var file = SafetensorsFile.Open(path);
        Assert.True(file.Read("wide").equal(wide).all().item<bool>());

        using (var cut = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) cut.SetLength(100_000_000);
        Assert.Contains("it shrank since it was opened", Assert.Throws<SafetensorsException>(() => file.Read("wide")).Message, StringComparison.Ordinal);
    }

    [Theory, InlineData(ScalarType.BFloat16), InlineData(ScalarType.Float16)]
    public void A_half_precision_folder_keeps_its_type_and_trains_an_fp32_adapter(ScalarType type)
    {
        using var scope = NewDisposeScope();
        using (var pipeline = TinyModels.FluxPipeline(3))
        {
            DiffusersFolderWriter.Save(_folder, pipeline);
            string file = Path.Combine(_folder, "transformer", "diffusion_pytorch_model.safetensors");
            SafetensorsWriter.WriteFile(file, pipeline.Transformer.Weights.State().Select(tensor => (tensor.Name, tensor.Value.to(type))));
            File.Move(file, file.Replace(".safetensors", ".fp16.safetensors", StringComparison.Ordinal)); // as half-precision copies are named
        }

        using var model = DiffusersFolder.Open(_folder).LoadTransformer();
        using var wide = DiffusersFolder.Open(_folder).LoadTransformer(dtype: ScalarType.Float32);
        Assert.All(model.Weights.Parameters, parameter => Assert.Equal(type, parameter.Value.dtype));
        Assert.All(wide.Weights.Parameters, parameter => Assert.Equal(ScalarType.Float32, parameter.Value.dtype));
        using var noise = new Noise(4);
        using var lora = LoraSet.Attach(model.Weights.Linears, new LoraOptions { Rank = 2 }, noise.Of);
        using var adam = new AdamW(lora.Trainables);
        var velocity = model.Forward(noise.Of(1, 4, 8, 8), tensor([500f]), noise.Of(1, 3, 8), noise.Of(1, 16));
        velocity.square().mean().backward();
        Assert.Equal(ScalarType.Float32, velocity.dtype);
        Assert.All(lora.Trainables, parameter => Assert.Equal(ScalarType.Float32, parameter.Value.grad!.dtype));
        Assert.True(adam.Step(1e-3, 1) > 0);
    }

    /// <summary>A file whose data are holes, but for a few numbers.</summary>
    private string Sparse(string json, long data, (long At, float Value)[] numbers)
    {
        string path = Path.Combine(_folder, "sparse.safetensors");
        byte[] header = Encoding.UTF8.GetBytes(json.PadRight((json.Length + 7) / 8 * 8)), length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        using var file = File.Create(path);
        file.Write(length);
        file.Write(header);
        file.SetLength(8 + header.Length + data);
        foreach (var (at, value) in numbers)
        {
            file.Position = 8 + header.Length + at;
            file.Write(BitConverter.GetBytes(value));
        }

        return path;
    }

    private static long Resident(string key) => long.Parse(
        File.ReadLines("/proc/self/status").Single(line => line.StartsWith(key, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2].Split('\t')[^1], CultureInfo.InvariantCulture) << 10;

    private static void ResetPeak() => File.WriteAllText("/proc/self/clear_refs", "5");
}

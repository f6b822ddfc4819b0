using System.Buffers.Binary;
using System.Text;
using PortraitGen.Gpu.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PortraitGen.Gpu.Tests.Tensors;

public sealed class SafetensorsTests
{
    private const string Good = """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[3],"data_offsets":[8,11]}}""";

    [Fact]
    public void Every_element_type_comes_back_bit_for_bit_from_memory_and_from_a_file()
    {
        using var scope = NewDisposeScope();
        using var noise = new Noise(1);
        ScalarType[] types = [ScalarType.Float64, ScalarType.Float32, ScalarType.Float16, ScalarType.BFloat16, ScalarType.Int64, ScalarType.Int32,
            ScalarType.Int16, ScalarType.Int8, ScalarType.Byte, ScalarType.Bool];
        var tensors = types.Select((type, i) => ($"t{i}", (noise.Of(3, 5) * 20).abs().to(type))).ToList();
        tensors.Add(("scalar", tensor(3.5f)));
        tensors.Add(("empty", zeros(0, 4)));
        tensors.Add(("transposed", noise.Of(4, 6).t()));
        byte[] bytes = SafetensorsWriter.ToBytes(tensors, new Dictionary<string, string> { ["note"] = "a \"b\" ü" });
        string path = Path.Combine(Directory.CreateTempSubdirectory("safetensors").FullName, "x.safetensors");
        SafetensorsWriter.WriteFile(path, tensors, new Dictionary<string, string> { ["note"] = "a \"b\" ü" });
        Assert.Equal(bytes, File.ReadAllBytes(path));

        using var memory = SafetensorsFile.Open(bytes);
        using var file = SafetensorsFile.Open(path);
        foreach (var source in new[] { memory, file })
        {
            Assert.Equal("a \"b\" ü", source.Metadata["note"]);
            Assert.Equal(tensors.Count, source.Entries.Count);
            foreach (var (name, expected) in tensors)
            {
                var actual = source.Read(name);
                Assert.Equal(expected.dtype, actual.dtype);
                Assert.Equal(expected.shape, actual.shape);
                Assert.Equal(expected.contiguous().bytes.ToArray(), actual.bytes.ToArray());
            }
        }

        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public void Equal_tensors_give_equal_bytes_in_whatever_order_they_come()
    {
        using var scope = NewDisposeScope();
        (string, Tensor)[] tensors = [("b", ones(3)), ("a", zeros(2, ScalarType.Byte)), ("c", ones(2, ScalarType.Float64))];
        byte[] bytes = SafetensorsWriter.ToBytes(tensors);
        Assert.Equal(bytes, SafetensorsWriter.ToBytes(tensors.Reverse()));
        using var file = SafetensorsFile.Open(bytes);
        Assert.Equal(["a", "b", "c"], file.Entries.Keys);
        Assert.Empty(file.Metadata);
        Assert.Equal(0UL, BinaryPrimitives.ReadUInt64LittleEndian(bytes) % 8);
    }

    [Fact]
    public void A_name_given_twice_is_not_written()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<SafetensorsException>(() => SafetensorsWriter.ToBytes([("a", ones(1)), ("a", ones(1))]));
    }

    [Fact]
    public void The_good_file_that_the_hostile_ones_are_bent_from_opens()
    {
        using var file = SafetensorsFile.Open(Make(Good, 11));
        Assert.Equal(2, file.Entries.Count);
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[3],"data_offsets":[7,10]}}""", 10, "overlaps")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8, "overlaps")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "hole")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 12, "belong to none")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 4, "truncated")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "before its begin")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "needs 12")]
    [InlineData("""{"a":{"dtype":"F64","shape":[2],"data_offsets":[0,8]}}""", 8, "needs 16")]
    [InlineData("""{"a":{"dtype":"F33","shape":[2],"data_offsets":[0,8]}}""", 8, "dtype 'F33'")]
    [InlineData("""{"a":{"dtype":7,"shape":[2],"data_offsets":[0,8]}}""", 8, "mistyped")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8, "negative")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}""", 8, "negative")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}""", 8, "integers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}""", 8, "overflows")]
    [InlineData("""{"a":{"dtype":"F32","shape":[9223372036854775807,9223372036854775807,9223372036854775807],"data_offsets":[0,8]}}""", 8, "overflows")]
    [InlineData("""{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}}""", 8, "64-bit")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}""", 16, "twice")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"shape":[2],"data_offsets":[0,8]}}""", 8, "repeated")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1}}""", 8, "unknown")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4,8]}}""", 8, "two data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2]}}""", 0, "needs dtype")]
    [InlineData("""{"a":[1]}""", 0, "no object")]
    [InlineData("""{"__metadata__":{"a":1}}""", 0, "no string")]
    [InlineData("""{"__metadata__":{},"__metadata__":{}}""", 0, "twice")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}""", 8, "JSON")]
    [InlineData("""{}{}""", 0, "JSON")]
    [InlineData("""[]""", 0, "'{'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[[[[[[[[[[2]]]]]]]]]],"data_offsets":[0,8]}}""", 8, "")]
    public void A_hostile_header_is_refused_in_one_line_that_names_file_and_cause(string json, int data, string cause)
    {
        var error = Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(Make(json, data), "evil.safetensors"));
        Assert.StartsWith("evil.safetensors: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(cause, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData(100_000_001UL)]
    [InlineData(ulong.MaxValue)]
    [InlineData(5000UL)]
    public void A_header_that_claims_more_than_allowed_or_than_the_file_holds_is_refused_before_it_is_read(ulong claimed)
    {
        byte[] bytes = Make(Good, 11);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, claimed);
        Assert.Contains("claims a header", Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(bytes)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_cut_at_any_byte_is_refused()
    {
        byte[] whole = Make(Good, 11);
        for (int length = 0; length < whole.Length; length++)
            Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(whole.AsMemory(0, length)));
    }

    [Fact]
    public void Invalid_UTF8_and_control_characters_do_not_reach_the_message()
    {
        byte[] bytes = Make("{\"a\\u000ab\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,0]}}", 0);
        Assert.DoesNotContain('\n', Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(bytes)).Message);
        byte[] torn = Make("{\"aXb\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}", 0);
        torn[Array.IndexOf(torn, (byte)'X')] = 0xFF;
        Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(torn));
    }

    [Fact]
    public void A_missing_tensor_and_a_missing_file_are_named()
    {
        using var file = SafetensorsFile.Open(Make(Good, 11), "good.safetensors");
        Assert.Contains("good.safetensors: holds no tensor 'c'", Assert.Throws<SafetensorsException>(() => file.Read("c")).Message, StringComparison.Ordinal);
        Assert.Contains("absent.safetensors", Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open("absent.safetensors")).Message, StringComparison.Ordinal);
    }

    private static byte[] Make(string json, int data)
    {
        byte[] header = Encoding.UTF8.GetBytes(json), bytes = new byte[8 + header.Length + data];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)header.Length);
        header.CopyTo(bytes, 8);
        return bytes;
    }
}

using System.Buffers.Binary;
using System.Text;
using CsCheck;
using Orchestrator.Kernels.Weights;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Tests.Weights;

public sealed class SafetensorsTests
{
    private static byte[] File(string header, int dataBytes, long? claimedLength = null)
    {
        var json = Encoding.UTF8.GetBytes(header);
        var file = new byte[8 + json.Length + dataBytes];
        BinaryPrimitives.WriteInt64LittleEndian(file, claimedLength ?? json.Length);
        json.CopyTo(file, 8);
        return file;
    }

    private static SafetensorsHeader Header(byte[] file) => SafetensorsHeader.Read(new MemoryStream(file), "model.safetensors");

    [Fact]
    public void What_is_written_is_read_back_to_the_bit() =>
        Gen.Select(Gen.Int[0, 4].Array[0, 3], Gen.Float.Array[64]).Array[0, 4].Sample(tensors =>
        {
            using var scope = NewDisposeScope();
            var written = tensors.Select((item, n) =>
            {
                var (shape, values) = item;
                var count = shape.Aggregate(1, (product, axis) => product * axis);
                return ($"t{n}", Values: values.Take(count).Select(value => float.IsFinite(value) ? value : 1f).ToArray(), Shape: Array.ConvertAll(shape, axis => (long)axis));
            }).ToArray();
            var file = SafetensorsWriter.Write([.. written.Select(item => (item.Item1, tensor(item.Values, item.Shape)))], new Dictionary<string, string> { ["b"] = "2", ["a"] = "é\"" });
            using var reader = new SafetensorsReader(new MemoryStream(file), "f");
            Assert.Equal("é\"", reader.Header.Metadata["a"]);
            Assert.All(written, item => Assert.Equal(item.Values, item.Values.Length == 0 ? [] : reader.Read(item.Item1, item.Shape).data<float>().ToArray()));
            Assert.All(written, item => Assert.Equal(item.Shape, reader.Read(item.Item1, item.Shape).shape));
        }, iter: 100, threads: 1);

    [Fact]
    public void Python_can_read_it_too()
    {
        // The layout that the format's own documentation gives.
        using var scope = NewDisposeScope();
        var file = SafetensorsWriter.Write([("w", tensor(new float[] { 1, 2 }))]);
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        Assert.Equal("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", Encoding.UTF8.GetString(file, 8, length).TrimEnd());
        Assert.Equal(0, (8 + length) % 8);
        Assert.Equal([1f, 2f], new[] { BitConverter.ToSingle(file, 8 + length), BitConverter.ToSingle(file, 12 + length) });
    }

    public static TheoryData<string, string, int> Hostile => new()
    {
        { "[]", "start with '{'", 0 },
        { "{", "not the JSON", 0 },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "not the JSON", 4 },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", "takes 8 bytes", 4 },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", "takes 4 bytes", 4 },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "gaps", 8 },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}""", "overlap", 6 },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "overlap", 4 },
        { """{"a":{"dtype":"F32","shape":[1000],"data_offsets":[0,4000]}}""", "after the end of the file", 40 },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "belong to nothing", 5 },
        { """{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}""", "larger than any file", 0 },
        { """{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,0]}}""", "whole numbers", 0 },
        { """{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,-4]}}""", "whole numbers", 0 },
        { """{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,6]}}""", "whole numbers", 6 },
        { """{"a":{"dtype":"F33","shape":[1],"data_offsets":[0,4]}}""", "unknown dtype", 4 },
        { """{"a":{"shape":[1],"data_offsets":[0,4]}}""", "must have dtype", 4 },
        { """{"a":7}""", "must have dtype", 0 },
        { """{"__metadata__":{"x":1}}""", "must be a string", 0 },
        { """{"__metadata__":[]}""", "object of strings", 0 },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void A_file_that_breaks_a_rule_is_refused_with_its_name_and_the_rule(string header, string rule, int dataBytes)
    {
        var error = Assert.Throws<ModelFileException>(() => Header(File(header, dataBytes)));
        Assert.StartsWith("model.safetensors: ", error.Message);
        Assert.Contains(rule, error.Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void A_file_without_a_whole_header_length_is_refused(int bytes) =>
        Assert.Contains("8 bytes", Assert.Throws<ModelFileException>(() => Header(new byte[bytes])).Message);

    [Theory]
    [InlineData(-1)]
    [InlineData(long.MaxValue)]
    [InlineData(99_999_999)]
    [InlineData(3)]
    public void A_wrong_header_length_is_refused_without_a_large_allocation(long claimed)
    {
        var file = File("{}", 0, claimed);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<ModelFileException>(() => Header(file));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Huge_counts_cost_no_large_allocation()
    {
        var file = File("""{"a":{"dtype":"F32","shape":[1000000000],"data_offsets":[0,4000000000]}}""", 16);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<ModelFileException>(() => Header(file));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Any_change_of_bytes_is_read_or_refused_but_never_anything_else()
    {
        using var scope = NewDisposeScope();
        var good = SafetensorsWriter.Write([("first", ones(3, 2)), ("second", zeros(4))], new Dictionary<string, string> { ["step"] = "3" });
        Gen.Select(Gen.Select(Gen.Int[0, good.Length - 1], Gen.Byte).Array[1, 4], Gen.Int[0, good.Length]).Sample((changes, cut) =>
        {
            var bad = good.ToArray();
            foreach (var (at, value) in changes)
            {
                bad[at] = value;
            }
            TryRead(bad);
            TryRead(bad[..cut]);
        }, iter: 3000, threads: 1);

        static void TryRead(byte[] file)
        {
            try
            {
                using var reader = new SafetensorsReader(new MemoryStream(file), "fuzz");
                foreach (var entry in reader.Header.Entries.Values.Where(entry => entry.Type == "F32"))
                {
                    reader.Read(entry.Name, [.. entry.Shape]).Dispose();
                }
            }
            catch (ModelFileException refused)
            {
                Assert.StartsWith("fuzz: ", refused.Message);
            }
        }
    }

    [Fact]
    public void A_tensor_that_is_not_what_was_asked_for_is_refused_by_name()
    {
        using var scope = NewDisposeScope();
        using var reader = new SafetensorsReader(new MemoryStream(SafetensorsWriter.Write([("w", ones(2, 3)), ("bad", tensor(new[] { 1f, float.NaN }))])), "f");
        Refused("is missing", () => reader.Read("v", 2));
        Refused("shape [2, 3], expected [3, 2]", () => reader.Read("w", 3, 2));
        Refused("not finite", () => reader.Read("bad", 2));
        using var halves = new SafetensorsReader(new MemoryStream(File("""{"h":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}""", 4)), "f");
        Refused("only F32", () => halves.Read("h", 2));

        static void Refused(string rule, Func<Tensor> read) => Assert.Contains(rule, Assert.Throws<ModelFileException>(() => read()).Message);
    }

    [Fact]
    public void A_file_that_is_not_there_is_refused_with_its_path() =>
        Assert.Contains("/nowhere/at-all.safetensors", Assert.Throws<ModelFileException>(() => SafetensorsReader.Open("/nowhere/at-all.safetensors")).Message);
}

using System.Buffers.Binary;
using System.Text.Json;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Weights;

/// <summary>Writes float32 tensors as a safetensors file. The same input gives the same bytes, so that content hashes can be compared.</summary>
public static class SafetensorsWriter
{
    /// <summary>The file as bytes. Tensors stand in the order given; metadata in the order of its keys.</summary>
    /// <param name="tensors">Names and values, of any device and layout.</param>
    /// <param name="metadata">What the file says about itself.</param>
    public static byte[] Write(IReadOnlyList<(string Name, Tensor Values)> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        var header = Header(tensors, metadata);
        var length = 8 + header.Length + tensors.Sum(tensor => tensor.Values.numel() * sizeof(float));
        var file = new byte[length];
        BinaryPrimitives.WriteInt64LittleEndian(file, header.Length);
        header.CopyTo(file, 8);
        var at = 8 + header.Length;
        foreach (var (_, values) in tensors.Where(tensor => tensor.Values.numel() > 0))
        {
            using var flat = values.detach().to(ScalarType.Float32).cpu().contiguous();
            var bytes = flat.bytes;
            bytes.CopyTo(file.AsSpan(at));
            at += bytes.Length;
        }
        return file;
    }

    private static byte[] Header(IReadOnlyList<(string Name, Tensor Values)> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata is not null)
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, value) in metadata.OrderBy(item => item.Key, StringComparer.Ordinal))
                {
                    json.WriteString(key, value);
                }
                json.WriteEndObject();
            }
            var at = 0L;
            foreach (var (name, values) in tensors)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", "F32");
                json.WriteStartArray("shape");
                foreach (var axis in values.shape)
                {
                    json.WriteNumberValue(axis);
                }
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(at);
                json.WriteNumberValue(at += values.numel() * sizeof(float));
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        while (buffer.Length % 8 != 0)
        {
            buffer.WriteByte((byte)' '); // tensors start at a multiple of 8, as other readers like it
        }
        return buffer.ToArray();
    }
}

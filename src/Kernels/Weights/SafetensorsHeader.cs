using System.Buffers.Binary;
using System.Text.Json;

namespace Orchestrator.Kernels.Weights;

/// <summary>One tensor of a safetensors file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its element type as the file spells it, such as <c>F32</c>.</param>
/// <param name="Shape">Its axes, outermost first.</param>
/// <param name="Start">Where its bytes start, counted from the file's start.</param>
/// <param name="Length">Length in bytes.</param>
public sealed record SafetensorsEntry(string Name, string Type, IReadOnlyList<long> Shape, long Start, long Length);

/// <summary>
/// The header of a safetensors file, read strictly: every rule of the format is checked before anything is allocated for data,
/// so that a hostile file costs no more memory than it has bytes.
/// </summary>
public sealed class SafetensorsHeader
{
    private const int LongestHeader = 100_000_000;
    private const int MostAxes = 16;
    private readonly Dictionary<string, SafetensorsEntry> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);
    private readonly string _file;

    private SafetensorsHeader(string file)
    {
        _file = file;
    }

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> Entries => _entries;
    /// <summary>What the file says about itself (<c>__metadata__</c>).</summary>
    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>Reads the header from the start of a seekable stream.</summary>
    /// <param name="stream">The whole file.</param>
    /// <param name="file">Its name, for errors.</param>
    /// <exception cref="ModelFileException">A rule of the format is broken.</exception>
    public static SafetensorsHeader Read(Stream stream, string file)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var header = new SafetensorsHeader(file);
        Span<byte> prefix = stackalloc byte[8];
        stream.Position = 0;
        if (stream.ReadAtLeast(prefix, prefix.Length, throwOnEndOfStream: false) < prefix.Length)
        {
            throw header.Broken($"a safetensors file starts with 8 bytes of header length, this one has {stream.Length} bytes in all");
        }
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > LongestHeader || (long)length > stream.Length - prefix.Length)
        {
            throw header.Broken($"the header length {length} exceeds the file ({stream.Length} bytes) or the format's limit of {LongestHeader}: truncated, or not a safetensors file");
        }
        var json = new byte[length];
        stream.ReadExactly(json);
        header.Parse(json, prefix.Length + (long)length);
        header.CheckCoverage(prefix.Length + (long)length, stream.Length);
        return header;
    }

    private void Parse(byte[] json, long dataStart)
    {
        if (json.Length == 0 || json[0] != (byte)'{')
        {
            throw Broken("the header must be a JSON object and start with '{'");
        }
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 8 });
            foreach (var property in document.RootElement.EnumerateObject())
            {
                if (property.Name == "__metadata__")
                {
                    ParseMetadata(property.Value);
                }
                else
                {
                    _entries.Add(property.Name, ParseEntry(property.Name, property.Value, dataStart));
                }
            }
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            throw Broken($"the header is not the JSON that the format asks for: {malformed.Message}", malformed);
        }
    }

    private void ParseMetadata(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            throw Broken("__metadata__ must be an object of strings");
        }
        foreach (var item in value.EnumerateObject())
        {
            _metadata.Add(item.Name, item.Value.ValueKind == JsonValueKind.String ? item.Value.GetString()! : throw Broken($"__metadata__.{item.Name} must be a string"));
        }
    }

    private SafetensorsEntry ParseEntry(string name, JsonElement value, long dataStart)
    {
        if (value.ValueKind != JsonValueKind.Object
            || !value.TryGetProperty("dtype", out var type) || type.ValueKind != JsonValueKind.String
            || !value.TryGetProperty("shape", out var shape) || shape.ValueKind != JsonValueKind.Array
            || !value.TryGetProperty("data_offsets", out var offsets) || offsets.ValueKind != JsonValueKind.Array || offsets.GetArrayLength() != 2)
        {
            throw Broken($"tensor '{name}' must have dtype (string), shape (array) and data_offsets (array of two)");
        }
        if (shape.GetArrayLength() > MostAxes)
        {
            throw Broken($"tensor '{name}' has {shape.GetArrayLength()} axes, more than {MostAxes}");
        }
        var axes = shape.EnumerateArray().Select(axis => Count(name, "shape", axis)).ToArray();
        var (begin, end) = (Count(name, "data_offsets", offsets[0]), Count(name, "data_offsets", offsets[1]));
        var bytes = ByteCount(name, axes, ElementSize(name, type.GetString()!));
        return begin <= end && end - begin == bytes
            ? new SafetensorsEntry(name, type.GetString()!, axes, begin + dataStart, bytes)
            : throw Broken($"tensor '{name}' of shape [{string.Join(", ", axes)}] takes {bytes} bytes, but its data_offsets are [{begin}, {end}]");
    }

    private long Count(string name, string key, JsonElement number) =>
        number.ValueKind == JsonValueKind.Number && number.TryGetInt64(out var count) && count is >= 0 and < long.MaxValue / 2
            ? count
            : throw Broken($"tensor '{name}': {key} must hold whole numbers from 0, found {number.GetRawText()}");

    private int ElementSize(string name, string type) => type switch
    {
        "BOOL" or "U8" or "I8" or "F8_E4M3" or "F8_E5M2" => 1,
        "U16" or "I16" or "F16" or "BF16" => 2,
        "U32" or "I32" or "F32" => 4,
        "U64" or "I64" or "F64" => 8,
        _ => throw Broken($"tensor '{name}' has the unknown dtype '{type}'"),
    };

    private long ByteCount(string name, long[] axes, int elementSize)
    {
        try
        {
            return axes.Aggregate((long)elementSize, (product, axis) => checked(product * axis));
        }
        catch (OverflowException)
        {
            throw Broken($"tensor '{name}' of shape [{string.Join(", ", axes)}] is larger than any file");
        }
    }

    // Tensors follow each other without gap or overlap up to the end of the file.
    private void CheckCoverage(long dataStart, long fileLength)
    {
        var at = dataStart;
        foreach (var entry in _entries.Values.OrderBy(entry => entry.Start).ThenBy(entry => entry.Length))
        {
            if (entry.Start + entry.Length > fileLength)
            {
                throw Broken($"tensor '{entry.Name}' ends at byte {entry.Start + entry.Length}, after the end of the file ({fileLength} bytes): truncated?");
            }
            if (entry.Start != at)
            {
                throw Broken($"tensor '{entry.Name}' starts at byte {entry.Start}, where byte {at} is next: tensors must not overlap or leave gaps");
            }
            at += entry.Length;
        }
        if (at != fileLength)
        {
            throw Broken($"{fileLength - at} bytes after the last tensor belong to nothing");
        }
    }

    private ModelFileException Broken(string problem, Exception? inner = null) => new(_file, problem, inner);
}

using System.Buffers;
using System.Text.Json;

namespace Orchestrator.Contracts.Identity;

/// <summary>One spelling for one value: keys sorted by ordinal, no white space, whole numbers without a point, others in their shortest form.</summary>
public static class CanonicalJson
{
    /// <summary>The value as UTF-8.</summary>
    public static byte[] Write(JsonElement value) => Write(value, leaveOut: null);

    /// <summary>The same without the keys for which <paramref name="leaveOut"/> holds; it is given the path (<c>data.parts.files.name</c>, lists leave no trace).</summary>
    public static byte[] Write(JsonElement value, Func<string, bool>? leaveOut)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            Write(writer, value, "", leaveOut);
        }
        return buffer.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter writer, JsonElement value, string path, Func<string, bool>? leaveOut)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var member in value.EnumerateObject().OrderBy(member => member.Name, StringComparer.Ordinal))
                {
                    var inner = leaveOut is null ? "" : path.Length == 0 ? member.Name : $"{path}.{member.Name}";
                    if (leaveOut?.Invoke(inner) != true)
                    {
                        writer.WritePropertyName(member.Name);
                        Write(writer, member.Value, inner, leaveOut);
                    }
                }
                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in value.EnumerateArray())
                {
                    Write(writer, item, path, leaveOut);
                }
                writer.WriteEndArray();
                break;
            case JsonValueKind.Number:
                WriteNumber(writer, value);
                break;
            default:
                value.WriteTo(writer);
                break;
        }
    }

    private static void WriteNumber(Utf8JsonWriter writer, JsonElement value)
    {
        if (value.TryGetUInt64(out var whole))
        {
            writer.WriteNumberValue(whole);
        }
        else if (value.TryGetInt64(out var negative))
        {
            writer.WriteNumberValue(negative);
        }
        else
        {
            var number = value.GetDouble();
            writer.WriteNumberValue(number == 0 ? 0 : number);
        }
    }
}

using System.Text;

namespace Orchestrator.TestServices;

/// <summary>A field of a protobuf message as it lies on the wire.</summary>
/// <param name="Number">Its number in the message's definition.</param>
/// <param name="Content">The bytes of a text, of bytes or of a message; empty for numbers.</param>
internal sealed record ProtobufField(int Number, ReadOnlyMemory<byte> Content)
{
    /// <summary>The fields of the message that this field is.</summary>
    public IReadOnlyList<ProtobufField> Fields => Read(Content);

    /// <summary>The fields of a message.</summary>
    public static IReadOnlyList<ProtobufField> Read(ReadOnlyMemory<byte> message)
    {
        var fields = new List<ProtobufField>();
        for (var at = 0; at < message.Length;)
        {
            var tag = Varint(message.Span, ref at);
            var length = (tag & 7) switch
            {
                0 => Skip(message.Span, ref at),
                1 => 8,
                2 => (int)Varint(message.Span, ref at),
                5 => 4,
                var kind => throw new InvalidDataException($"protobuf has no wire type {kind}"),
            };
            fields.Add(new ProtobufField((int)(tag >> 3), (tag & 7) == 2 ? message.Slice(at, length) : default));
            at += length;
        }
        return fields;
    }

    /// <summary>A field of bytes in this message, in hexadecimal.</summary>
    public string Hex(int number) => Convert.ToHexStringLower(Find(number));

    /// <summary>A field of text in this message.</summary>
    public string Text(int number) => Encoding.UTF8.GetString(Find(number));

    private ReadOnlySpan<byte> Find(int number) => Fields.FirstOrDefault(f => f.Number == number) is { } field ? field.Content.Span : default;

    private static int Skip(ReadOnlySpan<byte> message, ref int at)
    {
        Varint(message, ref at);
        return 0;
    }

    private static ulong Varint(ReadOnlySpan<byte> message, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var part = message[at++];
            value |= (ulong)(part & 127) << shift;
            if (part < 128)
            {
                return value;
            }
        }
    }
}

using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using System.Net;
using System.Text;
using Orchestrator.Contracts.Api;

namespace Orchestrator.Reports;

/// <summary>Attention patterns as small pictures in a page: row = query, column = key, darker = more attention.</summary>
internal static class PatternGallery
{
    /// <summary>A picture and its caption for each.</summary>
    public static void Append(StringBuilder page, IReadOnlyList<(PatternPicture Pattern, string Caption)> patterns)
    {
        page.Append("<div class=\"gallery\">\n");
        foreach (var (pattern, caption) in patterns)
        {
            page.Append("<figure><img alt=\"attention pattern of ").Append(WebUtility.HtmlEncode(caption)).Append("\" src=\"data:image/png;base64,")
                .Append(Convert.ToBase64String(Png(pattern.Weights, pattern.Tokens.Count))).Append("\"><figcaption>").Append(WebUtility.HtmlEncode(caption)).Append("</figcaption></figure>\n");
        }
        page.Append("</div>\n");
    }

    /// <summary>A square of grey values: white for 0, black for 1, by the square root of the attention, so that little of it is seen.</summary>
    internal static byte[] Png(byte[] weights, int size)
    {
        using var pixels = new MemoryStream();
        using (var deflate = new ZLibStream(pixels, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            for (var row = 0; row < size; row++)
            {
                deflate.WriteByte(0); // rows as they are, without a filter
                for (var column = 0; column < size; column++)
                {
                    deflate.WriteByte((byte)(255 - Math.Round(255 * Math.Sqrt(weights[row * size + column] / 255.0))));
                }
            }
        }
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, size);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), size);
        header[8] = 8; // bits of a grey value
        using var png = new MemoryStream();
        png.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        Chunk(png, "IHDR"u8, header);
        Chunk(png, "IDAT"u8, pixels.ToArray());
        Chunk(png, "IEND"u8, []);
        return png.ToArray();
    }

    private static void Chunk(MemoryStream png, ReadOnlySpan<byte> type, byte[] data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        png.Write(number);
        png.Write(type);
        png.Write(data);
        var crc = new Crc32();
        crc.Append(type);
        crc.Append(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, crc.GetCurrentHashAsUInt32());
        png.Write(number);
    }
}

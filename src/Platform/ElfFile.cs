using System.Buffers.Binary;
using System.Text;

namespace Orchestrator.Platform;

/// <summary>
/// Reads ELF libraries, and marks one required symbol version as weak. TorchSharp's library asks for GLIBCXX_3.4.32 (GCC 13), for a
/// symbol that nothing in it refers to; the loader of Debian 12 and Ubuntu 22.04 refuses it all the same, unless the request is
/// weak (VER_FLG_WEAK in the <c>verneed</c> entry, one bit of the file).
/// </summary>
internal static class ElfFile
{
    private const int ProgramHeaderLoad = 1;
    private const int ProgramHeaderDynamic = 2;
    private const long DynamicStringTable = 5;
    private const long DynamicVersionNeeds = 0x6ffffffe;
    private const ushort WeakFlag = 2;

    /// <summary>Sets the weak flag on every request for <paramref name="version"/> in <paramref name="image"/>, in place.</summary>
    /// <returns>How many entries were changed; 0 if the library does not ask for it, or only weakly.</returns>
    /// <exception cref="BadImageFormatException">The bytes are not a 64-bit little-endian ELF file with a dynamic section.</exception>
    public static int MakeWeak(Span<byte> image, string version)
    {
        ArgumentException.ThrowIfNullOrEmpty(version);
        try
        {
            return Patch(image, Encoding.ASCII.GetBytes(version));
        }
        catch (ArgumentOutOfRangeException broken)
        {
            throw new BadImageFormatException("the ELF file is truncated or its offsets lead outside of it", broken);
        }
    }

    /// <summary>
    /// Whether the file is as long as its header says (the table of sections stands at the end). Mapping a shorter one kills the
    /// process with SIGBUS, so it is asked before a library is loaded.
    /// </summary>
    public static bool IsComplete(string path)
    {
        Span<byte> header = stackalloc byte[64];
        using var file = File.OpenRead(path);
        return file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) == header.Length
            && header.StartsWith("\u007FELF"u8)
            && BinaryPrimitives.ReadInt64LittleEndian(header[40..])
                + BinaryPrimitives.ReadUInt16LittleEndian(header[58..]) * BinaryPrimitives.ReadUInt16LittleEndian(header[60..]) <= file.Length;
    }

    private static int Patch(Span<byte> image, ReadOnlySpan<byte> version)
    {
        if (image.Length < 64 || !image.StartsWith("\u007FELF"u8) || image[4] != 2 || image[5] != 1)
        {
            throw new BadImageFormatException("not a 64-bit little-endian ELF file");
        }
        var dynamic = Segment(image, ProgramHeaderDynamic) ?? throw new BadImageFormatException("the ELF file has no dynamic section");
        if (DynamicValue(image, dynamic, DynamicVersionNeeds) is not { } needs || DynamicValue(image, dynamic, DynamicStringTable) is not { } strings)
        {
            return 0;
        }
        var names = FileOffset(image, strings);
        var changed = 0;
        for (int file = FileOffset(image, needs), next = 1; next != 0; file += next)
        {
            // verneed: u16 version, u16 count, u32 file, u32 offset of the first entry, u32 offset of the next file
            next = BinaryPrimitives.ReadInt32LittleEndian(image.Slice(file + 12, 4));
            var entry = file + BinaryPrimitives.ReadInt32LittleEndian(image.Slice(file + 8, 4));
            for (var left = BinaryPrimitives.ReadUInt16LittleEndian(image.Slice(file + 2, 2)); left > 0; left--)
            {
                // vernaux: u32 hash, u16 flags, u16 other, u32 name, u32 offset of the next entry
                var name = image.Slice(names + BinaryPrimitives.ReadInt32LittleEndian(image.Slice(entry + 8, 4)), version.Length + 1);
                var flags = BinaryPrimitives.ReadUInt16LittleEndian(image.Slice(entry + 4, 2));
                if (name.StartsWith(version) && name[^1] == 0 && (flags & WeakFlag) == 0)
                {
                    BinaryPrimitives.WriteUInt16LittleEndian(image.Slice(entry + 4, 2), (ushort)(flags | WeakFlag));
                    changed++;
                }
                entry += BinaryPrimitives.ReadInt32LittleEndian(image.Slice(entry + 12, 4));
            }
        }
        return changed;
    }

    private static (int Offset, int Length)? Segment(ReadOnlySpan<byte> image, int type)
    {
        foreach (var header in ProgramHeaders(image))
        {
            if (BinaryPrimitives.ReadInt32LittleEndian(image.Slice(header, 4)) == type)
            {
                return (ReadOffset(image, header + 8), ReadOffset(image, header + 32));
            }
        }
        return null;
    }

    private static long? DynamicValue(ReadOnlySpan<byte> image, (int Offset, int Length) dynamic, long tag)
    {
        for (var at = dynamic.Offset; at < dynamic.Offset + dynamic.Length; at += 16)
        {
            if (BinaryPrimitives.ReadInt64LittleEndian(image.Slice(at, 8)) == tag)
            {
                return BinaryPrimitives.ReadInt64LittleEndian(image.Slice(at + 8, 8));
            }
        }
        return null;
    }

    private static int FileOffset(ReadOnlySpan<byte> image, long address)
    {
        foreach (var header in ProgramHeaders(image))
        {
            var start = BinaryPrimitives.ReadInt64LittleEndian(image.Slice(header + 16, 8));
            var length = BinaryPrimitives.ReadInt64LittleEndian(image.Slice(header + 32, 8));
            if (BinaryPrimitives.ReadInt32LittleEndian(image.Slice(header, 4)) == ProgramHeaderLoad && address >= start && address < start + length)
            {
                return (int)(address - start) + ReadOffset(image, header + 8);
            }
        }
        throw new BadImageFormatException($"address {address:x} of the ELF file lies in no loaded segment");
    }

    private static IEnumerable<int> ProgramHeaders(ReadOnlySpan<byte> image)
    {
        var start = ReadOffset(image, 32);
        var size = BinaryPrimitives.ReadUInt16LittleEndian(image.Slice(54, 2));
        return Enumerable.Range(0, BinaryPrimitives.ReadUInt16LittleEndian(image.Slice(56, 2))).Select(n => start + n * size);
    }

    private static int ReadOffset(ReadOnlySpan<byte> image, int at)
    {
        var offset = BinaryPrimitives.ReadInt64LittleEndian(image.Slice(at, 8));
        return offset >= 0 && offset <= image.Length ? (int)offset : throw new BadImageFormatException("the ELF file is truncated or its offsets lead outside of it");
    }
}

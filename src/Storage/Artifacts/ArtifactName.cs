using System.Buffers;
using System.Security.Cryptography;

namespace Orchestrator.Storage.Artifacts;

/// <summary>The name of an artifact: the lower-case hexadecimal SHA-256 of its content.</summary>
internal static class ArtifactName
{
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    /// <summary>The name of a content.</summary>
    public static string Of(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));

    /// <summary>The same without awaiting, for a thread that may wait.</summary>
    public static string Of(Stream content)
    {
        content.Position = 0;
        var hash = Convert.ToHexStringLower(SHA256.HashData(content));
        content.Position = 0;
        return hash;
    }

    /// <summary>The name of what a stream holds; it stands at its beginning afterwards.</summary>
    public static async Task<string> Of(Stream content, CancellationToken cancellation)
    {
        content.Position = 0;
        var hash = Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellation));
        content.Position = 0;
        return hash;
    }

    /// <summary>Where it lies in a store, <c>ab/cd/abcd…</c>: no folder gets too many names. Throws if it is no name.</summary>
    public static string PathOf(string hash)
    {
        ArgumentNullException.ThrowIfNull(hash);
        return hash.Length == 64 && !hash.AsSpan().ContainsAnyExcept(HexDigits)
            ? $"{hash[..2]}/{hash[2..4]}/{hash}"
            : throw new ArtifactException($"'{hash}' is not the name of an artifact: a name is the 64 lower-case hexadecimal digits of a SHA-256");
    }

    /// <summary>The content, if it is what its name says.</summary>
    public static byte[] Checked(string hash, byte[] content, string where)
    {
        Check(hash, Of(content), content.Length, where);
        return content;
    }

    /// <summary>Throws unless the name that was found for so many bytes is the one that was looked for.</summary>
    public static void Check(string hash, string found, long length, string where)
    {
        if (found != hash)
        {
            throw new ArtifactException($"artifact {hash} {where} is damaged: its {length:N0} bytes hash to {found}");
        }
    }
}

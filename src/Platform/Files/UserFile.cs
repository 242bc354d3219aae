using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Orchestrator.Platform.Files;

/// <summary>
/// Reads files that a user names. One rule for all of them: a regular file within a limit, and of a text the byte order mark at
/// its start is no part. Nothing waits here: a pipe or a device is refused without being opened.
/// </summary>
public static class UserFile
{
    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Opens a file of at most <paramref name="most"/> bytes at its first byte.</summary>
    /// <param name="path">The file.</param>
    /// <param name="most">Most bytes that it may have.</param>
    /// <param name="whenTooLong">What to do about a longer one.</param>
    /// <exception cref="UserFileException">It is missing, unreadable, too long, or no regular file.</exception>
    public static FileStream Open(string path, long most, string whenTooLong = "name a smaller one")
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        FileKind.RequireRegular(path);
        FileStream? stream = null;
        try
        {
            stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            return stream.Length <= most ? stream : throw TooLong(path, most, whenTooLong);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            stream?.Dispose();
            throw new UserFileException(path, $"the file cannot be read ({unreadable.Message})", "name a readable file", inner: unreadable);
        }
        catch (UserFileException)
        {
            stream?.Dispose();
            throw;
        }
    }

    /// <summary>The same for a text: the stream stands after the byte order mark.</summary>
    /// <param name="path">The file.</param>
    /// <param name="most">Most bytes that it may have.</param>
    /// <param name="whenTooLong">What to do about a longer one.</param>
    /// <exception cref="UserFileException">As for <see cref="Open"/>.</exception>
    public static FileStream OpenText(string path, long most, string whenTooLong = "name a smaller one")
    {
        var stream = Open(path, most, whenTooLong);
        try
        {
            Span<byte> start = stackalloc byte[ByteOrderMark.Length];
            var read = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
            stream.Position = start[..read].SequenceEqual(ByteOrderMark) ? read : 0;
            return stream;
        }
        catch (IOException unreadable)
        {
            stream.Dispose();
            throw new UserFileException(path, $"the file cannot be read ({unreadable.Message})", "name a readable file", inner: unreadable);
        }
    }

    /// <summary>The content of a text file as UTF-8, without the byte order mark.</summary>
    /// <param name="path">The file.</param>
    /// <param name="most">Most bytes that it may have.</param>
    /// <param name="whenTooLong">What to do about a longer one.</param>
    /// <exception cref="UserFileException">As for <see cref="Open"/>, or it is not UTF-8.</exception>
    public static byte[] ReadText(string path, long most, string whenTooLong = "name a smaller one")
    {
        using var stream = OpenText(path, most, whenTooLong);
        try
        {
            var bytes = new byte[stream.Length - stream.Position];
            var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            bytes = length == bytes.Length ? bytes : bytes[..length];
            return Utf8.IsValid(bytes) ? bytes : throw new UserFileException(path, "the file is not UTF-8", "save it as UTF-8", LineOfInvalid(bytes));
        }
        catch (IOException unreadable)
        {
            throw new UserFileException(path, $"the file cannot be read ({unreadable.Message})", "name a readable file", inner: unreadable);
        }
    }

    private static UserFileException TooLong(string path, long most, string fix) =>
        new(path, string.Create(CultureInfo.InvariantCulture, $"the file is longer than {most:N0} bytes"), fix);

    private static int LineOfInvalid(ReadOnlySpan<byte> bytes)
    {
        var line = 1;
        while (Rune.DecodeFromUtf8(bytes, out var rune, out var used) == OperationStatus.Done)
        {
            line += rune.Value == '\n' ? 1 : 0;
            bytes = bytes[used..];
        }
        return line;
    }
}

using System.Text;
using Orchestrator.Contracts.Work;
using Orchestrator.Storage.Backends;

namespace Orchestrator.Storage.Logs;

/// <summary>What a line of a log may hold.</summary>
internal static class RunLogText
{
    private const int LongestName = 256;
    private const int StartLength = 40;

    /// <summary>What is wrong with a line that no log can keep, or null. Its text is no reason: that is cleaned.</summary>
    public static string? Fault(RunLogEntry line) => line switch
    {
        null => "it is null",
        _ when !IsName(line.RunId) => $"its run id is not 1 to {LongestName} printable ASCII characters",
        _ when !IsName(line.Source) => $"its source is not 1 to {LongestName} printable ASCII characters",
        { Line: null } => "it has no text",
        _ when !Enum.IsDefined(line.Level) => $"its level is {line.Level}, which this program does not know",
        _ => null,
    };

    /// <summary>The beginning of a text that others wrote, as a message may show it.</summary>
    public static string Start(string? text) => text is null ? "null" : text.Length <= StartLength ? Clean(text) : Clean(text[..StartLength]) + Cut;

    private static bool IsName(string? text) => text is { Length: > 0 and <= LongestName } && text.All(c => c is >= ' ' and <= '~');

    private const string Cut = " …";

    /// <summary>One line without control characters, which a terminal would obey, and of bounded length.</summary>
    public static string Clean(string text)
    {
        var line = string.Create(text.Length, Stored.Text(text)!, static (clean, given) =>
        {
            for (var i = 0; i < given.Length; i++)
            {
                clean[i] = char.IsControl(given[i]) || given[i] is '\u2028' or '\u2029' ? ' ' : given[i];
            }
        });
        if (Encoding.UTF8.GetByteCount(line) <= RunLogEntry.MostBytes)
        {
            return line;
        }
        var (bytes, length) = (Encoding.UTF8.GetByteCount(Cut), 0);
        foreach (var rune in line.EnumerateRunes())
        {
            bytes += rune.Utf8SequenceLength;
            if (bytes > RunLogEntry.MostBytes)
            {
                break;
            }
            length += rune.Utf16SequenceLength;
        }
        return line[..length] + Cut;
    }
}

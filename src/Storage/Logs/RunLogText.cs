using System.Text;
using Orchestrator.Contracts.Work;

namespace Orchestrator.Storage.Logs;

/// <summary>What a line of a log may hold.</summary>
internal static class RunLogText
{
    private const string Cut = " …";

    /// <summary>One line without control characters, which a terminal would obey, and of bounded length.</summary>
    public static string Clean(string text)
    {
        var line = string.Create(text.Length, text, static (clean, given) =>
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

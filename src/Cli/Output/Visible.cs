using System.Globalization;
using System.Text;

namespace Orchestrator.Cli.Output;

/// <summary>
/// Names and values come from files and other people, and some characters steer a terminal or turn the direction of a line. Here
/// they become text that can be read.
/// </summary>
internal static class Visible
{
    /// <summary>For a person: <c>\x1b</c>, <c>\u202e</c>.</summary>
    public static string Text(string text) => Replace(text, c => c <= 0xFF ? $"\\x{(int)c:x2}" : Json(c));

    /// <summary>For a JSON document, where such a character can only stand in a string.</summary>
    public static string Json(string text) => Replace(text, Json);

    private static string Json(char c) => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");

    private static bool Steers(char c) => c switch
    {
        '\n' or '\t' => false,
        < ' ' or (>= '\x7f' and <= '\x9f') => true,
        '\u061c' or '\u200e' or '\u200f' or (>= '\u2028' and <= '\u202e') or (>= '\u2066' and <= '\u2069') => true, // direction and line ends
        _ => false,
    };

    private static string Replace(string text, Func<char, string> shown)
    {
        if (!text.Any(Steers))
        {
            return text;
        }
        var plain = new StringBuilder(text.Length + 16);
        foreach (var c in text)
        {
            plain.Append(Steers(c) ? shown(c) : c.ToString());
        }
        return plain.ToString();
    }
}

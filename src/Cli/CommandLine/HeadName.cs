using System.Globalization;

namespace Orchestrator.Cli.CommandLine;

/// <summary>A head as people name it: layer and head, both from 0, such as <c>1.0</c>.</summary>
internal static class HeadName
{
    /// <summary>Layer and head; null if the text names none.</summary>
    public static (int Layer, int Head)? Parse(string text) =>
        text.Split('.') is [var layer, var head] && Number(layer) is { } l && Number(head) is { } h ? (l, h) : null;

    /// <summary>What is said of a text that names none.</summary>
    public static string Refusal(string text) => $"'{text}' names no head: give layer and head, such as 1.0";

    private static int? Number(string digits) => int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}

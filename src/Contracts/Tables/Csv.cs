using System.Globalization;
using System.Text.Json;

namespace Orchestrator.Contracts.Tables;

/// <summary>RFC 4180; null is nothing, an empty text is "", lists and objects are JSON.</summary>
public static class Csv
{
    private static readonly System.Buffers.SearchValues<char> Quoted = System.Buffers.SearchValues.Create(",\"\n\r");

    /// <summary>One line, without its end.</summary>
    public static string Line(IEnumerable<object?> cells) => string.Join(',', cells.Select(Cell));

    /// <summary>A value as text: lists and objects as JSON, everything else as it is written.</summary>
    public static string TextOf(object value) => value is object?[] or Dictionary<string, object?> ? JsonSerializer.Serialize(value, Json.Options) : Convert.ToString(value, CultureInfo.InvariantCulture)!;

    private static string Cell(object? value) => value switch
    {
        null or JsonElement { ValueKind: JsonValueKind.Null } => "",
        bool flag => flag ? "true" : "false",
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        JsonElement { ValueKind: JsonValueKind.String } text => Quote(text.GetString()!),
        JsonElement other => Quote(other.GetRawText()),
        _ => Quote(TextOf(value)),
    };

    private static string Quote(string text) => text.Length == 0 ? "\"\"" : text.AsSpan().ContainsAny(Quoted) ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}

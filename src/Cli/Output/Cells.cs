using System.Globalization;
using System.Text.Json;

using Orchestrator.Reports.Text;
namespace Orchestrator.Cli.Output;

/// <summary>Values of any table for people.</summary>
internal static class Cells
{
    /// <summary>Whole numbers as they are, others to at most six digits, lists with their ends.</summary>
    public static string Of(object? value) => value is JsonElement element ? Of(element) : value is null ? Format.Nothing : Convert.ToString(value, CultureInfo.InvariantCulture)!;

    private static string Of(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => Format.Nothing,
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Number when !value.GetRawText().AsSpan().ContainsAny('.', 'e', 'E') => value.GetRawText(),
        JsonValueKind.Number => value.GetDouble().ToString("G6", CultureInfo.InvariantCulture),
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Array => $"[{value.GetArrayLength()} values]",
        _ => value.GetRawText(),
    };
}

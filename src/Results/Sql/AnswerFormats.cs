using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Orchestrator.Results.Sql;

/// <summary>Answers as files that other programs read.</summary>
public static class AnswerFormats
{
    private static readonly System.Buffers.SearchValues<char> Quoted = System.Buffers.SearchValues.Create(",\"\n\r");

    /// <summary>Names of the formats.</summary>
    public static IReadOnlyList<string> Names { get; } = ["csv", "parquet", "arrow"];

    /// <summary>The media type of a format.</summary>
    public static string MediaType(string format) => format switch
    {
        "csv" => "text/csv",
        "parquet" => "application/vnd.apache.parquet",
        "arrow" => "application/vnd.apache.arrow.stream",
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, null),
    };

    /// <summary>Writes all rows of an answer into a file.</summary>
    public static void Write(SqlAnswer answer, string format, string path)
    {
        ArgumentNullException.ThrowIfNull(answer);
        switch (format)
        {
            case "csv": Csv(answer, path); break;
            case "parquet": answer.WriteParquet(path); break;
            case "arrow": ArrowFile.Write(answer, path); break;
            default: throw new ArgumentOutOfRangeException(nameof(format), format, null);
        }
    }

    /// <summary>RFC 4180 with a header, lines ended as on Unix; null is nothing, an empty text is "", lists are JSON.</summary>
    private static void Csv(SqlAnswer answer, string path)
    {
        using var file = new StreamWriter(path, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { NewLine = "\n" };
        answer.Stream(
            columns => file.WriteLine(string.Join(',', columns.Select(column => Quote(column.Name)))),
            row => file.WriteLine(string.Join(',', row.Select(Cell))));
    }

    private static string Cell(object? value) => value switch
    {
        null => "",
        bool flag => flag ? "true" : "false",
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        string text => text.Length == 0 ? "\"\"" : Quote(text),
        _ => Quote(TextOf(value)),
    };

    /// <summary>Lists as JSON, everything else as it is written.</summary>
    internal static string TextOf(object value) => value is object?[] list ? JsonSerializer.Serialize(list) : Convert.ToString(value, CultureInfo.InvariantCulture)!;

    private static string Quote(string text) => text.AsSpan().ContainsAny(Quoted) ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}

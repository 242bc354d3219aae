using System.Text;
using System.Text.Json;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Api;

namespace Orchestrator.Results.Sql;

/// <summary>Answers as files that other programs read.</summary>
public static class AnswerFormats
{
    private const int BufferedBytes = 65_536;

    /// <summary>Names of the formats.</summary>
    public static IReadOnlyList<string> Names { get; } = ["json", "csv", "parquet", "arrow"];

    /// <summary>The media type of a format.</summary>
    public static string MediaType(string format) => format switch
    {
        "json" => "application/json; charset=utf-8",
        "csv" => "text/csv",
        "parquet" => "application/vnd.apache.parquet",
        "arrow" => "application/vnd.apache.arrow.stream",
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, null),
    };

    /// <summary>Writes an answer into a file.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="format">The format.</param>
    /// <param name="most">Rows of a JSON document (<see cref="Table"/>), which says whether there are more; the other formats have all.</param>
    /// <param name="path">The file.</param>
    public static void Write(SqlAnswer answer, string format, int most, string path)
    {
        ArgumentNullException.ThrowIfNull(answer);
        switch (format)
        {
            case "json": Document(answer, most, path); break;
            case "csv": Csv(answer, path); break;
            case "parquet": answer.WriteParquet(path); break;
            case "arrow": ArrowFile.Write(answer, path); break;
            default: throw new ArgumentOutOfRangeException(nameof(format), format, null);
        }
    }

    /// <summary>A <see cref="Table"/>, of which one row at a time is in memory.</summary>
    private static void Document(SqlAnswer answer, int most, string path)
    {
        using var file = File.Create(path);
        using var json = new Utf8JsonWriter(file, new JsonWriterOptions { Encoder = Json.Options.Encoder });
        json.WriteStartObject();
        var truncated = answer.Stream(
            most,
            columns =>
            {
                json.WritePropertyName("columns");
                JsonSerializer.Serialize(json, columns, Json.Options);
                json.WriteStartArray("rows");
            },
            row =>
            {
                JsonSerializer.Serialize(json, row, Json.Options);
                if (json.BytesPending > BufferedBytes)
                {
                    json.Flush();
                }
            });
        json.WriteEndArray();
        json.WriteBoolean("truncated", truncated);
        json.WriteEndObject();
    }

    /// <summary>With a header, lines ended as on Unix.</summary>
    private static void Csv(SqlAnswer answer, string path)
    {
        using var file = new StreamWriter(path, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { NewLine = "\n" };
        answer.Stream(
            long.MaxValue,
            columns => file.WriteLine(Contracts.Tables.Csv.Line(columns.Select(column => column.Name))),
            row => file.WriteLine(Contracts.Tables.Csv.Line(row)));
    }
}

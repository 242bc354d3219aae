using System.Text;

namespace Orchestrator.Results.Sql;

/// <summary>Answers as files that other programs read.</summary>
public static class AnswerFormats
{
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

    /// <summary>With a header, lines ended as on Unix.</summary>
    private static void Csv(SqlAnswer answer, string path)
    {
        using var file = new StreamWriter(path, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { NewLine = "\n" };
        answer.Stream(
            columns => file.WriteLine(Contracts.Tables.Csv.Line(columns.Select(column => column.Name))),
            row => file.WriteLine(Contracts.Tables.Csv.Line(row)));
    }
}

using System.Text.Json;
using Orchestrator.Contracts;
using Orchestrator.Results.DuckDb;

namespace Orchestrator.Results.Sql;

/// <summary>One query, for a process that answers it and ends.</summary>
/// <param name="Database">File of the database with its tables.</param>
/// <param name="Files">Segments that they read.</param>
/// <param name="Sql">One SELECT.</param>
/// <param name="Seconds">How long it may take.</param>
/// <param name="MemoryMegabytes">Memory of the database.</param>
/// <param name="Format">A format of <see cref="AnswerFormats"/>.</param>
/// <param name="Most">Rows of a JSON document.</param>
/// <param name="Output">Where the answer goes.</param>
public sealed record QueryOrder(string Database, IReadOnlyList<string> Files, string Sql, double Seconds, int MemoryMegabytes, string Format, int Most, string Output);

/// <summary>What a process does that was started for one query: it knows nothing but its order, and may be ended at any moment.</summary>
public static class QueryProcess
{
    /// <summary>The answer was written.</summary>
    public const int Answered = 0;

    /// <summary>The query is at fault; the message says how.</summary>
    public const int Refused = 2;

    /// <summary>Reads an order, writes its answer, and says what was wrong with the query.</summary>
    public static int Run(TextReader order, TextWriter message)
    {
        ArgumentNullException.ThrowIfNull(order);
        ArgumentNullException.ThrowIfNull(message);
        var query = JsonSerializer.Deserialize<QueryOrder>(order.ReadToEnd(), Json.Options) ?? throw new InvalidDataException("an order of a query is expected");
        var limits = new SqlLimits(TimeSpan.FromSeconds(query.Seconds), query.MemoryMegabytes);
        using var bound = new CancellationTokenSource(limits.Time);
        try
        {
            using var answer = new SqlAnswer(Databases.OpenFile(query.Database, query.MemoryMegabytes), query.Sql, query.Files, limits, bound, CancellationToken.None);
            AnswerFormats.Write(answer, query.Format, query.Most, query.Output);
            return Answered;
        }
        catch (SqlException wrong)
        {
            message.Write(wrong.Message);
            return Refused;
        }
    }
}

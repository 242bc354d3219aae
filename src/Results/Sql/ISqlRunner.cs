using Orchestrator.Contracts.Api;

namespace Orchestrator.Results.Sql;

/// <summary>Answers SQL over the result tables.</summary>
public interface ISqlRunner
{
    /// <summary>The first rows as a document.</summary>
    /// <exception cref="SqlException">It was refused, failed, or took more than it may.</exception>
    Task<Table> Read(string sql, int most, SqlLimits limits, CancellationToken cancellation);

    /// <summary>All rows as a file of a format (<see cref="AnswerFormats"/>).</summary>
    /// <exception cref="SqlException">It was refused, failed, or took more than it may.</exception>
    Task Write(string sql, string format, string path, SqlLimits limits, CancellationToken cancellation);
}

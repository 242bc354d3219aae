namespace Orchestrator.Results.Sql;

/// <summary>Answers SQL over the result tables.</summary>
public interface ISqlRunner
{
    /// <summary>The answer as a file of a format (<see cref="AnswerFormats"/>).</summary>
    /// <exception cref="SqlException">It was refused, failed, or took more than it may.</exception>
    Task Write(string sql, string format, int most, string path, SqlLimits limits, CancellationToken cancellation);
}

using DuckDB.NET.Data;
using Orchestrator.Contracts.Tables;
using Orchestrator.Results.DuckDb;

namespace Orchestrator.Results.Sql;

/// <summary>What one query may use.</summary>
/// <param name="Time">How long it may take, its tables included.</param>
/// <param name="MemoryMegabytes">Memory of the database that it runs in.</param>
public sealed record SqlLimits(TimeSpan Time, int MemoryMegabytes)
{
    /// <summary>A minute and a gigabyte.</summary>
    public static SqlLimits Default { get; } = new(TimeSpan.FromMinutes(1), 1_024);
}

/// <summary>
/// Answers SQL over the result tables. Each query has a database of its own in memory with the tables that it names, as they are at that moment; it reaches no file
/// but their segments, no network, no extension and no setting.
/// </summary>
public sealed class SqlQueries : ISqlRunner
{
    private readonly SqlTables _tables;

    internal SqlQueries(SqlTables tables) => _tables = tables;

    /// <summary>Runs one SELECT. Dispose the answer: that ends the query too.</summary>
    /// <exception cref="SqlException">It was refused, failed, or took more than it may.</exception>
    public async Task<SqlAnswer> Run(string sql, SqlLimits limits, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(limits);
        var connection = Databases.Open(limits.MemoryMegabytes);
        var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        bound.CancelAfter(limits.Time);
        try
        {
            return new SqlAnswer(connection, sql, await Make(connection, sql, limits, bound.Token, cancellation), limits, bound, cancellation);
        }
        catch
        {
            connection.Dispose();
            bound.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task Write(string sql, string format, int most, string path, SqlLimits limits, CancellationToken cancellation)
    {
        using var answer = await Run(sql, limits, cancellation);
        await Task.Run(() => AnswerFormats.Write(answer, format, most, path), cancellation);
    }

    /// <summary>Writes the tables that a query names into a database file, for another process; the segments that they read.</summary>
    internal async Task<IReadOnlyList<string>> Prepare(string sql, string database, SqlLimits limits, CancellationToken cancellation)
    {
        using var connection = Databases.Open(limits.MemoryMegabytes, file: database);
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        bound.CancelAfter(limits.Time);
        return await Make(connection, sql, limits, bound.Token, cancellation);
    }

    private async Task<IReadOnlyList<string>> Make(DuckDBConnection connection, string sql, SqlLimits limits, CancellationToken bound, CancellationToken asked)
    {
        try
        {
            var named = SqlText.Tables(connection, sql);
            return await _tables.Make(connection, [.. ResultTables.All.Where(table => named.Contains(table.Name))], bound);
        }
        catch (OperationCanceledException) when (!asked.IsCancellationRequested)
        {
            throw SqlAnswer.TooLong(limits);
        }
    }
}

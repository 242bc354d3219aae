using System.Globalization;
using DuckDB.NET.Data;
using Orchestrator.Contracts.Tables;
using Orchestrator.Results.Tables;

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
/// Answers SQL over the result tables. Each query has a database of its own in memory, which holds the tables that it names, as they are stored at that
/// moment; it reaches no file, no network, no extension and no setting.
/// </summary>
public sealed class SqlQueries(TableRows tables)
{
    /// <summary>Runs one SELECT. Dispose the answer: that ends the query too.</summary>
    /// <exception cref="SqlException">It was refused, failed, or took more than it may.</exception>
    public async Task<SqlAnswer> Run(string sql, SqlLimits limits, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(limits);
        var connection = new DuckDBConnection("DataSource=:memory:");
        var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        bound.CancelAfter(limits.Time);
        try
        {
            connection.Open();
            Execute(connection, string.Create(CultureInfo.InvariantCulture, $"set memory_limit = '{limits.MemoryMegabytes}MB'; set temp_directory = ''; set autoinstall_known_extensions = false; set autoload_known_extensions = false"));
            var named = SqlText.Tables(connection, sql);
            await Load(connection, [.. ResultTables.All.Where(table => named.Contains(table.Name))], bound.Token);
            return new SqlAnswer(connection, sql, limits, bound, cancellation);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            Close();
            throw SqlAnswer.TooLong(limits);
        }
        catch
        {
            Close();
            throw;
        }

        void Close()
        {
            connection.Dispose();
            bound.Dispose();
        }
    }

    private async Task Load(DuckDBConnection connection, IReadOnlyList<ResultTable> wanted, CancellationToken cancellation)
    {
        var sweeps = wanted.Count == 0 ? [] : await tables.Sweeps(cancellation);
        if (wanted.Contains(ResultTables.Runs))
        {
            var (runs, paths) = TableRows.RunsOf(sweeps);
            using var loader = new TableLoader(connection, runs, cancellation);
            foreach (var (row, specification) in sweeps)
            {
                await tables.Runs(row, specification, paths, loader.Add, cancellation);
            }
        }
        var loaders = wanted.Where(table => table != ResultTables.Runs).ToDictionary(table => table.Name, table => new TableLoader(connection, table, cancellation));
        var sinks = loaders.ToDictionary(loader => loader.Key, loader => (RowSink)loader.Value.Add);
        try
        {
            foreach (var (row, specification) in sinks.Count == 0 ? [] : sweeps)
            {
                await tables.Snapshots(row, specification, sinks, cancellation);
            }
        }
        finally
        {
            foreach (var loader in loaders.Values)
            {
                loader.Dispose();
            }
        }
    }

    private static void Execute(DuckDBConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Text of this program.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}

using System.Diagnostics;
using System.Text.Json;
using Orchestrator.Contracts;

namespace Orchestrator.Results.Sql;

/// <summary>How a process for one query is started: it runs <see cref="QueryProcess"/> over its standard streams.</summary>
/// <param name="Program">The program.</param>
/// <param name="Arguments">Its arguments.</param>
public sealed record QueryCommand(string Program, IReadOnlyList<string> Arguments);

/// <summary>
/// Answers each query in a process of its own, which is ended when it takes more time or memory than it may, or when who asked has left: no setting of the database
/// holds all that a text can make it allocate, and a server must outlive its questions.
/// </summary>
public sealed class IsolatedQueries : ISqlRunner
{
    /// <summary>What a process has besides the memory of its database.</summary>
    private const long RuntimeMegabytes = 512;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);
    private static readonly string[] Inherited = ["PATH", "HOME", "TMPDIR", "TEMP", "TMP", "LD_LIBRARY_PATH", "SystemRoot"];

    private readonly SqlQueries _queries;
    private readonly QueryCommand _command;

    internal IsolatedQueries(SqlQueries queries, QueryCommand command) => (_queries, _command) = (queries, command);

    /// <inheritdoc/>
    public async Task Write(string sql, string format, int most, string path, SqlLimits limits, CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("orchestrator-query-").FullName;
        try
        {
            await Answer(folder, sql, format, most, path, limits, cancellation);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task Answer(string folder, string sql, string format, int most, string output, SqlLimits limits, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var database = Path.Combine(folder, "tables.duckdb");
        var files = await _queries.Prepare(sql, database, limits, cancellation);
        var left = limits.Time - clock.Elapsed;
        var order = new QueryOrder(database, files, sql, Math.Max(0, left.TotalSeconds), limits.MemoryMegabytes, format, most, output);
        using var process = Start();
        try
        {
            await process.StandardInput.WriteAsync(JsonSerializer.Serialize(order, Json.Options).AsMemory(), cancellation);
            process.StandardInput.Close();
            var (message, failure) = (process.StandardOutput.ReadToEndAsync(cancellation), process.StandardError.ReadToEndAsync(cancellation));
            await Watch(process, left + Grace, limits, cancellation);
            switch (process.ExitCode)
            {
                case QueryProcess.Answered: return;
                case QueryProcess.Refused: throw new SqlException(await message);
                default: throw new SqlException($"the process that answered the query ended with exit code {process.ExitCode}: {Last(await failure)}");
            }
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
                await process.WaitForExitAsync(CancellationToken.None); // its files are deleted next
            }
        }
    }

    private Process Start()
    {
        var start = new ProcessStartInfo(_command.Program, _command.Arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var name in start.Environment.Keys.ToArray()) // no password of the server's goes with it
        {
            if (!Inherited.Contains(name) && !name.StartsWith("DOTNET_", StringComparison.Ordinal))
            {
                start.Environment.Remove(name);
            }
        }
        return Process.Start(start) ?? throw new InvalidOperationException($"'{_command.Program}' did not start");
    }

    private static async Task Watch(Process process, TimeSpan time, SqlLimits limits, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var exit = process.WaitForExitAsync(cancellation);
        while (await Task.WhenAny(exit, Task.Delay(Look, cancellation)) != exit)
        {
            cancellation.ThrowIfCancellationRequested();
            if (Megabytes(process) > limits.MemoryMegabytes + RuntimeMegabytes)
            {
                throw new SqlException($"the query took more memory than the {limits.MemoryMegabytes} MB that it may, and was stopped: ask for fewer rows, or for shorter texts");
            }
            if (clock.Elapsed > time)
            {
                throw SqlAnswer.TooLong(limits);
            }
        }
        await exit;
    }

    /// <summary>What a process takes now; nothing once it has ended, which may be between two looks at it.</summary>
    private static long Megabytes(Process process)
    {
        try
        {
            process.Refresh();
            return process.HasExited ? 0 : process.WorkingSet64 / 1_000_000;
        }
        catch (InvalidOperationException)
        {
            return 0;
        }
    }

    private static string Last(string text) => text.Trim().Split('\n')[^1];
}

using Microsoft.Extensions.Logging;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Work;
using Orchestrator.Storage.Backends;
using Orchestrator.Storage.Catalogue;
using Orchestrator.Storage.States;

namespace Orchestrator.Storage.Logs;

/// <summary>The logs of runs over either back end. A line that the database refuses is set aside, told and counted; the others are stored.</summary>
internal sealed partial class DatabaseRunLogs(Database database, UnreadableRows unreadable, ILogger<DatabaseRunLogs> log) : IRunLogs
{
    public async Task Append(IReadOnlyList<RunLogEntry> lines, CancellationToken cancellation)
    {
        if (lines.Count == 0)
        {
            return;
        }
        try
        {
            await database.Append(lines, IRunLogs.MostLines, cancellation);
        }
        catch (Exception failure) when (database.IsOneItemsFault(failure))
        {
            if (lines is [var only])
            {
                StorageInstruments.LinesSetAside.Add(1);
                SetAside(log, RunLogText.Start(only.RunId), RunLogText.Start(only.Source), failure.Message);
                return;
            }
            var half = lines.Count / 2;
            await Append([.. lines.Take(half)], cancellation);
            await Append([.. lines.Skip(half)], cancellation);
        }
    }

    public Task<IReadOnlyList<RunLogLine>> Read(string runId, CancellationToken cancellation) =>
        database.List(unreadable, "run_logs", $"select {Tables.RunLogs.Select("l")} from run_logs l where l.run_id = @run order by l.at, l.source, l.number", Tables.ReadRunLog, [("run", runId)], cancellation);

    [LoggerMessage(1, LogLevel.Warning, "a line of the log of run '{RunId}' from '{Source}' cannot be stored and was set aside: {Reason}")]
    private static partial void SetAside(ILogger log, string runId, string source, string reason);
}

using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Work;
using Orchestrator.Storage.Backends;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Storage.Logs;

/// <summary>The logs of runs over either back end.</summary>
internal sealed class DatabaseRunLogs(Database database) : IRunLogs
{
    public Task Append(IReadOnlyList<RunLogEntry> lines, CancellationToken cancellation) =>
        lines.Count == 0 ? Task.CompletedTask : database.Append(lines, IRunLogs.MostLines, cancellation);

    public Task<IReadOnlyList<RunLogLine>> Read(string runId, CancellationToken cancellation) =>
        database.List($"select {Tables.RunLogs.Select("l")} from run_logs l where l.run_id = @run order by l.at, l.source, l.number", Tables.ReadRunLog, [("run", runId)], cancellation);
}

using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Work;

namespace Orchestrator.Storage.Logs;

/// <summary>The logs of runs: what control plane and workers wrote about each, kept when they are gone.</summary>
public interface IRunLogs
{
    /// <summary>Lines that are kept of each run: the newest.</summary>
    const int MostLines = 1000;

    /// <summary>Stores the lines; one that is stored already stays as it is, one that the database refuses is set aside. Older lines of the same runs go if there are too many.</summary>
    Task Append(IReadOnlyList<RunLogEntry> lines, CancellationToken cancellation = default);

    /// <summary>The lines of a run in the order of their times; none if nobody wrote about it.</summary>
    Task<IReadOnlyList<RunLogLine>> Read(string runId, CancellationToken cancellation = default);
}

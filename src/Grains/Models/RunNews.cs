using Microsoft.Extensions.Logging;
using Orchestrator.Contracts.Runs;

namespace Orchestrator.Grains.Models;

/// <summary>What is told about one run beside its rows: the log of its moves, and whether it counts among the open leases of this silo.</summary>
internal sealed class RunNews
{
    private readonly ILogger _log;
    private readonly string _run;
    private RunLifecycle _told;
    private bool _counted;

    /// <param name="log">Where moves are told.</param>
    /// <param name="run">The run.</param>
    /// <param name="known">Where it stands; told already.</param>
    public RunNews(ILogger log, string run, RunLifecycle known)
    {
        (_log, _run, _told) = (log, run, known);
        Count(IsHeld(known));
    }

    /// <summary>Tells what changed since the last time.</summary>
    public void Tell(RunLifecycle now, LogLevel? level = null)
    {
        if (now.Telling(_told) is { } news)
        {
            GrainLog.Moved(_log, level ?? (now.State is RunState.Failed or RunState.Cancelled ? LogLevel.Information : LogLevel.Debug), _run, now.Attempt, news);
        }
        _told = now;
        Count(IsHeld(now));
    }

    /// <summary>The run is no longer active on this silo.</summary>
    public void Leave() => Count(false);

    private static bool IsHeld(RunLifecycle run) => run.State is RunState.Training or RunState.Measuring;

    private void Count(bool held)
    {
        if (held != _counted)
        {
            GrainTelemetry.Leases.Add(held ? 1 : -1);
            _counted = held;
        }
    }
}

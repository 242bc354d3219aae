using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Storage.Catalogue;
using Orleans.Concurrency;

namespace Orchestrator.Grains.Sweeps;

/// <summary>One sweep: a specification and the runs it expands to. Key: sweep id.</summary>
public interface ISweepGrain : IGrainWithStringKey
{
    /// <summary>Starts the sweep, or says that it exists. The document was validated by the caller.</summary>
    Task<SubmitResult> Submit(string document, string? traceParent);

    /// <summary>Hands out what the window allows. Idempotent; called at start, when slots change, and by the reminder.</summary>
    [AlwaysInterleave]
    Task Wake();

    /// <summary>
    /// Measures the stored snapshots of completed runs again if they lack measures of the sweep, or metrics of the current version.
    /// Trains nothing. Null if there is no such sweep.
    /// </summary>
    /// <param name="measures">Measures that the sweep wants from now on, besides those that it has.</param>
    Task<MeasureResult?> Measure(IReadOnlyList<Measure> measures);

    /// <summary>Ends one run of the sweep on request, also one that was never handed out; an ended run stays as it is.</summary>
    Task CancelRun(int index, string reason);

    /// <summary>Ends the sweep on request; ended runs keep their results.</summary>
    Task<SweepSummary?> Cancel(string reason);

    /// <summary>Live progress, or null if there is no such sweep.</summary>
    [AlwaysInterleave]
    Task<SweepProgress?> Progress();

    /// <summary>What a running sweep waits for if none of its runs can start, or null.</summary>
    [AlwaysInterleave]
    Task<string?> Waiting();

    /// <summary>A model of this sweep changed its state. Interleaves, because the sweep may be waiting for that very model.</summary>
    [AlwaysInterleave]
    Task RunChanged(RunRow row);

    /// <summary>A model of this sweep got further.</summary>
    [AlwaysInterleave, OneWay]
    Task RunProgressed(int index, int step, double? prefixMatchingMax);
}

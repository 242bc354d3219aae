using System.Text.Json;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Results.Runs;

/// <summary>Runs as users see them.</summary>
public static class RunDetails
{
    /// <summary>A run that has a row.</summary>
    public static RunDetail From(RunRow row, RunConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(row);
        ArgumentNullException.ThrowIfNull(configuration);
        return new RunDetail
        {
            Id = row.RunId,
            Sweep = row.SweepId,
            Index = row.Index,
            State = row.State,
            Reason = row.Reason,
            Steps = Math.Max(row.Step, 0),
            FinalStep = configuration.Train.Steps,
            WeightsHash = row.WeightsHash,
            FinalLoss = row.Finals?[MetricTable.FinalLoss],
            PrefixMatchingMax = row.Finals?[MetricTable.PrefixMatchingMax],
            TransitionStep = row.Finals?.TransitionStep,
            IclScore = row.Finals?[MetricTable.IclScore],
            Config = configuration,
            CpuKernels = row.CpuKernels,
        };
    }

    /// <summary>Every attempt of a run, oldest first.</summary>
    public static IReadOnlyList<AttemptRecord> Attempts(RunRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return row.Attempts is { } json ? JsonSerializer.Deserialize<IReadOnlyList<AttemptRecord>>(json, Json.Options)! : [];
    }

    /// <summary>A run that was never handed out.</summary>
    public static RunDetail Unstarted(string sweepId, int index, string runId, RunState state, RunConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return new RunDetail { Id = runId, Sweep = sweepId, Index = index, State = state, Steps = 0, FinalStep = configuration.Train.Steps, Config = configuration };
    }
}

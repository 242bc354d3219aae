using System.Buffers;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Work;

namespace Orchestrator.Grains.Models;

/// <summary>What a report must be to be believed, whoever sends it: nothing is stored that could not be read again.</summary>
internal static class ReportRules
{
    private static readonly SearchValues<char> s_hexDigits = SearchValues.Create("0123456789abcdef");

    /// <summary>What is wrong with a snapshot report, or null.</summary>
    public static string? Flaw(SnapshotReport report, RunConfiguration run) =>
        StepFlaw(report.Step, run) ?? HashFlaw(report.WeightsHash) ?? Flaw(report.Checkpoint, run) ?? (report.Metrics.Length == 0
            ? null
            : report.MetricVersion != Versions.Metrics
                ? $"its metrics are of version {report.MetricVersion}, this control plane stores version {Versions.Metrics}"
                : MetricLayout.For(run.Model, report.Measures).Length * sizeof(float) is var bytes && report.Metrics.Length != bytes
                    ? $"its metrics are {report.Metrics.Length} bytes, those of its measures {bytes}"
                    : null);

    /// <summary>What is wrong with a checkpoint, or null.</summary>
    public static string? Flaw(StoredCheckpoint? checkpoint, RunConfiguration run) =>
        checkpoint is null ? null : StepFlaw(checkpoint.Step, run) ?? HashFlaw(checkpoint.Hash);

    private static string? StepFlaw(int step, RunConfiguration run) =>
        step < 0 || step > run.Train.Steps ? $"step {step} is outside of the run's 0 to {run.Train.Steps}" : null;

    private static string? HashFlaw(string hash) =>
        hash.Length == 64 && !hash.AsSpan().ContainsAnyExcept(s_hexDigits) ? null : $"'{hash}' is not the name of an artifact";
}

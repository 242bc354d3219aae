using System.Buffers;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Work;

namespace Orchestrator.Grains.Models;

/// <summary>What a report must be to be believed, whoever sends it: nothing is stored that could not be read again.</summary>
internal static class ReportRules
{
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    /// <summary>What is wrong with a report, or null.</summary>
    public static string? Flaw(RunReport report, RunConfiguration run) => report.Snapshots.Select(s => Flaw(s, run))
        .Concat(report.Checkpoints.Select(c => StepFlaw(c.Step, run) ?? HashFlaw(c.Hash)))
        .Append(Ascend(report.Snapshots.Select(s => s.Step)) ? null : "its snapshots are not in the order of their steps")
        .FirstOrDefault(flaw => flaw is not null);

    private static string? Flaw(MeasuredSnapshot snapshot, RunConfiguration run) =>
        StepFlaw(snapshot.Step, run) ?? HashFlaw(snapshot.WeightsHash) ?? (snapshot.Metrics.Length == 0
            ? null
            : snapshot.MetricVersion != Versions.Metrics
                ? $"its metrics are of version {snapshot.MetricVersion}, this control plane stores version {Versions.Metrics}"
                : MetricLayout.For(run.Model, snapshot.Measures).Length * sizeof(float) is var bytes && snapshot.Metrics.Length != bytes
                    ? $"its metrics are {snapshot.Metrics.Length} bytes, those of its measures {bytes}"
                    : null);

    private static bool Ascend(IEnumerable<int> steps) => steps.Zip(steps.Skip(1)).All(pair => pair.First < pair.Second);

    private static string? StepFlaw(int step, RunConfiguration run) =>
        step < 0 || step > run.Train.Steps ? $"step {step} is outside of the run's 0 to {run.Train.Steps}" : null;

    private static string? HashFlaw(string hash) =>
        hash.Length == 64 && !hash.AsSpan().ContainsAnyExcept(HexDigits) ? null : $"'{hash}' is not the name of an artifact";
}

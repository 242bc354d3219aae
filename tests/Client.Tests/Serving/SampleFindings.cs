using System.Text.Json;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Api;

namespace Orchestrator.Tests.Serving;

/// <summary>What sweeps of any grid might show, as a server would tell it.</summary>
public static class SampleFindings
{
    /// <summary>The findings of the sample sweep.</summary>
    public static SweepFindings Of(SweepResult result) => new(
        result, [new("With layers=2, 5 of 5 seeds grew an induction head.", "select 1")],
        [.. result.Groups.Select((group, i) => new GroupFindings(group.By, [.. Enumerable.Range(0, 5).Select(seed => Run(i, seed))], Thresholds(i), Circuits))],
        [new(0, Math.Min(1, result.Groups.Count - 1), "model.layers", "final_loss", new(-1.3, -1.4, -1.2, 5), 0.0001, 0.0003)],
        new("1.2.3", 1, 2, new DateTimeOffset(2025, 3, 4, 5, 6, 7, TimeSpan.Zero), null, 12.5, "0..4", 0.4, [0, 100, 200, 300], ["heads"], ["lab#1"], ["avx512-1f2e3d4c"], JsonSerializer.SerializeToElement(new { name = "x" }, Json.Options)));

    /// <summary>A sweep over the crossed axes.</summary>
    public static (SweepFindings Findings, SweepTrajectory Trajectory) OfGrid(params (string Axis, object[] Values)[] axes)
    {
        IEnumerable<Dictionary<string, JsonElement>> points = [[]];
        foreach (var (axis, values) in axes)
        {
            points = [.. points.SelectMany(point => values.Select(value => new Dictionary<string, JsonElement>(point) { [axis] = JsonSerializer.SerializeToElement(value, Json.Options) }))];
        }
        var all = points.ToList();
        var groups = all.Select(point => new SweepGroup { By = point, Runs = 5, Completed = 5, Failed = 0, Excluded = 0, Metrics = Samples.Result.Groups[1].Metrics }).ToList();
        return (Of(Samples.Result with { Groups = groups }), new SweepTrajectory(Samples.Head, [.. all.Select((point, i) => Samples.Trajectory.Groups[i % 2] with { By = point })]));
    }

    private static CircuitFindings Circuits { get; } = new(5, new(0.8, 0.38, 0.96, 5), new(8.2, 7, 9.4, 5), new(0.1, 0.08, 0.12, 5), new(0.9, 0.8, 0.97, 5), new(0.95, 0.9, 0.98, 5), 2, 2, 1, new(12, -3, 27, 5), new(0.6, 0.2, 0.9, 5));

    private static RunFindings Run(int group, int seed) => new(
        $"run{group}{seed}", (ulong)seed, new Dictionary<string, double> { ["prefix_matching_max"] = 0.8 + 0.01 * seed, ["icl_score"] = -1.9 + 0.02 * seed, ["final_loss"] = 1.5 + 0.01 * seed }, 150 + seed,
        [new(0, 0, 1, "previous_token", 0.05, 0.8, 0.1, null), new(1, 0, 1, "induction", 0.85, 0.05, 0.9, 0.95), new(1, 1, 2, "none", 0.1, 0.05, -0.2, 0.1)],
        new RunCircuit { InductionLayer = 1, InductionHead = 0, IsInduction = true, PrefixMatching = 0.85, PreviousLayer = 0, PreviousHead = 0, PreviousToken = 0.8, KZ = 8 + seed, QkEigenScore = 0.9, InductionBy = 200, InductionAfter = 100, PreviousBy = 100, PreviousAfter = 0, FormedFirst = "previous_token" });

    private static ThresholdPoint[] Thresholds(int group) => [.. Enumerable.Range(1, 19).Select(i => new ThresholdPoint(0.05 * i, new(i < 8 + group % 5 ? 1 : 0, 0, 1, 5), new(1, 0.5, 1.5, 5)))];
}

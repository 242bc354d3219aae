using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Statistics.Estimates;
using Orchestrator.Storage.Catalogue;
using Orchestrator.Storage.Facts;

namespace Orchestrator.Results.Sweeps;

/// <summary>How the metrics of a sweep move over training, from the facts.</summary>
public sealed class Trajectories(IFactStore facts, SweepDirectory directory, SweepResults results)
{
    private const int MostLines = 50;

    /// <summary>One trajectory per point of the grid.</summary>
    public async Task<SweepTrajectory> Of(SweepRow sweep, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        var specification = directory.Specification(sweep);
        var runs = new List<(int Index, SortedDictionary<int, MetricVector> Vectors)>();
        await foreach (var (index, stored) in facts.ByRun(sweep.Id, cancellation: cancellation))
        {
            var run = specification.RunAt(index);
            runs.Add((index, Vectors.BySteps(run, specification.PlanFor(run), stored)));
        }
        var groups = Enumerable.Range(0, specification.GridPoints).Select(point =>
        {
            var members = runs.Where(run => run.Index % specification.GridPoints == point).ToArray();
            int[] steps = [.. members.SelectMany(m => m.Vectors.Keys).Distinct().Order()];
            return new GroupTrajectory(
                specification.PointAt(point),
                [.. steps.Select(step => Point(step, [.. members.Where(m => m.Vectors.ContainsKey(step)).Select(m => m.Vectors[step])]))],
                [.. members.Take(MostLines).Select(m => new RunLine(
                    specification.RunIdAt(m.Index),
                    specification.RunAt(m.Index).Seed,
                    Line(m.Vectors, v => v.Max("heads", "prefix_matching")), Line(m.Vectors, v => v.Get("run", 0, "loss")), Line(m.Vectors, v => v.Get("run", 0, "icl_score"))))]);

            IReadOnlyList<double?> Line(SortedDictionary<int, MetricVector> vectors, Func<MetricVector, double?> read) => [.. steps.Select(step => vectors.TryGetValue(step, out var v) ? read(v) : null)];
        });
        return new SweepTrajectory(await results.Head(sweep, cancellation), [.. groups]);
    }

    private static TrajectoryPoint Point(int step, IReadOnlyList<MetricVector> vectors) => new(
        step,
        Mean(vectors, v => v.Get("run", 0, "loss")),
        Mean(vectors, v => v.Get("run", 0, "icl_score")),
        Mean(vectors, v => v.Max("heads", "prefix_matching")),
        Mean(vectors, v => v.Max("heads", "previous_token")),
        Mean(vectors, v => v.Max("pairs", "k_excess")));

    private static MeanEstimate Mean(IEnumerable<MetricVector> vectors, Func<MetricVector, double?> read) =>
        Means.Estimate(vectors.Select(read).Where(v => v is not null).Select(v => v!.Value));
}

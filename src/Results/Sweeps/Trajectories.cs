using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Results.Views;
using Orchestrator.Statistics.Estimates;
using Orchestrator.Storage.Catalogue;
using Orchestrator.Storage.Facts;

namespace Orchestrator.Results.Sweeps;

/// <summary>How the metrics of a sweep move over training. What is needed of each run is kept between questions.</summary>
public sealed class Trajectories
{
    private const int MostLines = 50;

    private readonly SweepDirectory _directory;
    private readonly SweepResults _results;
    private readonly RunViews<SortedDictionary<int, Snapshot>> _runs;

    /// <summary>Over facts and catalogue.</summary>
    public Trajectories(IFactStore facts, ICatalogue catalogue, SweepDirectory directory, SweepResults results) =>
        (_directory, _results, _runs) = (directory, results, RunViews.OfFacts(catalogue, facts, (run, specification, stored) => new SortedDictionary<int, Snapshot>(
            Vectors.BySteps(run, specification.PlanFor(run), stored).ToDictionary(vector => vector.Key, vector => Snapshot.Of(vector.Value)))));

    /// <summary>One trajectory per point of the grid.</summary>
    public async Task<SweepTrajectory> Of(SweepRow sweep, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        var specification = _directory.Specification(sweep);
        var runs = (await _runs.Of(sweep, specification, cancellation)).ToLookup(run => run.Key % specification.GridPoints);
        var groups = Enumerable.Range(0, specification.GridPoints).Select(point =>
        {
            var members = runs[point].ToArray();
            int[] steps = [.. members.SelectMany(member => member.Value.Keys).Distinct().Order()];
            return new GroupTrajectory(
                specification.PointAt(point),
                [.. steps.Select(step => Point(step, [.. members.Where(member => member.Value.ContainsKey(step)).Select(member => member.Value[step])]))],
                [.. members.Take(MostLines).Select(member => new RunLine(
                    specification.RunIdAt(member.Key),
                    specification.RunAt(member.Key).Seed,
                    Line(member.Value, snapshot => snapshot.PrefixMatching), Line(member.Value, snapshot => snapshot.Loss), Line(member.Value, snapshot => snapshot.Icl)))]);

            IReadOnlyList<double?> Line(SortedDictionary<int, Snapshot> snapshots, Func<Snapshot, double?> read) =>
                [.. steps.Select(step => snapshots.TryGetValue(step, out var snapshot) ? read(snapshot) : null)];
        });
        return new SweepTrajectory(await _results.Head(sweep, cancellation), [.. groups]);
    }

    private static TrajectoryPoint Point(int step, IReadOnlyList<Snapshot> snapshots) => new(
        step,
        Mean(snapshots, snapshot => snapshot.Loss),
        Mean(snapshots, snapshot => snapshot.Icl),
        Mean(snapshots, snapshot => snapshot.PrefixMatching),
        Mean(snapshots, snapshot => snapshot.PreviousToken),
        Mean(snapshots, snapshot => snapshot.KExcess));

    private static MeanEstimate Mean(IEnumerable<Snapshot> snapshots, Func<Snapshot, double?> read) => Means.Estimate(snapshots.Select(read).OfType<double>());

    /// <summary>What is drawn of a snapshot.</summary>
    private sealed record Snapshot(double? Loss, double? Icl, double? PrefixMatching, double? PreviousToken, double? KExcess)
    {
        public static Snapshot Of(MetricVector vector) => new(
            vector.Get("run", 0, "loss"), vector.Get("run", 0, "icl_score"), vector.Max("heads", "prefix_matching"), vector.Max("heads", "previous_token"), vector.Max("pairs", "k_excess"));
    }
}

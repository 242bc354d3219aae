using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Results.Sweeps;
using Orchestrator.Results.Views;
using Orchestrator.Statistics.Estimates;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Results.Findings;

/// <summary>
/// How the metrics of a sweep move over training, while it happens: of every run as far as it was measured, but for those that failed. What is needed of each run is kept
/// between questions.
/// </summary>
public sealed class Trajectories(RunDigests digests, RunOutcomes outcomes, SweepDirectory directory, SweepResults results)
{
    private const int MostLines = 50;

    /// <summary>One trajectory per point of the grid.</summary>
    public async Task<SweepTrajectory> Of(SweepRow sweep, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        var specification = directory.Specification(sweep);
        var states = await outcomes.Of(sweep, specification, cancellation);
        var runs = (await digests.Of(sweep, specification, cancellation))
            .Where(run => states.GetValueOrDefault(run.Key)?.State != RunState.Failed).ToLookup(run => run.Key % specification.GridPoints);
        var groups = Enumerable.Range(0, specification.GridPoints).Select(point =>
        {
            var members = runs[point].ToArray();
            var snapshots = members.SelectMany(member => member.Value.Curve).ToLookup(snapshot => snapshot.Step); // in the order of runs
            int[] steps = [.. snapshots.Select(step => step.Key).Order()];
            return new GroupTrajectory(
                specification.PointAt(point),
                [.. steps.Select(step => Point(step, [.. snapshots[step]]))],
                [.. members.Take(MostLines).Select(member => new RunLine(
                    specification.RunIdAt(member.Key),
                    specification.RunAt(member.Key).Seed,
                    Line(member.Value, snapshot => snapshot.PrefixMatching), Line(member.Value, snapshot => snapshot.Loss), Line(member.Value, snapshot => snapshot.Icl)))]);

            IReadOnlyList<double?> Line(RunDigest run, Func<CurvePoint, CurveValue> read)
            {
                var own = run.Curve.ToDictionary(snapshot => snapshot.Step, snapshot => read(snapshot).Value);
                return [.. steps.Select(step => own.GetValueOrDefault(step))];
            }
        });
        return new SweepTrajectory(await results.Head(sweep, cancellation), [.. groups]);
    }

    private static TrajectoryPoint Point(int step, IReadOnlyList<CurvePoint> snapshots) => new(
        step,
        Mean(snapshots, snapshot => snapshot.Loss, MetricRange.NotNegative),
        Mean(snapshots, snapshot => snapshot.Icl),
        Mean(snapshots, snapshot => snapshot.PrefixMatching, MetricRange.Share),
        Mean(snapshots, snapshot => snapshot.PreviousToken, MetricRange.Share),
        Mean(snapshots, snapshot => snapshot.KExcess, MetricRange.Score));

    private static MeanEstimate Mean(IEnumerable<CurvePoint> snapshots, Func<CurvePoint, CurveValue> read, MetricRange? range = null)
    {
        CurveValue[] values = [.. snapshots.Select(read)];
        return Means.Estimate(values.Select(value => value.Value).Defined(), values.Select(value => value.Error).Defined(), range);
    }
}

using System.Text.Json;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Specification;
using Orchestrator.Statistics.Estimates;
using Orchestrator.Statistics.Transitions;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Results.Sweeps;

/// <summary>A sweep's runs summarized over seeds, one group per point of the grid. Reduced in run order, so that the answer never depends on arrival.</summary>
internal static class SweepGroups
{
    /// <summary>The groups of the result document.</summary>
    public static IReadOnlyList<SweepGroup> Summarize(Sweep sweep, int total, Func<int, (RunState State, RunFinals? Finals)> read) =>
        [.. Enumerable.Range(0, sweep.GridPoints).Select(point => Summarize(sweep, sweep.PointAt(point), [.. Members(sweep, total, point)], read))];

    /// <summary>One group from the states and finals of its runs.</summary>
    public static SweepGroup Summarize(
        Sweep sweep, IReadOnlyDictionary<string, JsonElement> by, IReadOnlyList<int> members, Func<int, (RunState State, RunFinals? Finals)> read)
    {
        var runs = members.Select(index => (Index: index, Run: read(index))).ToArray();
        var finished = runs.Where(r => r.Run.State == RunState.Completed).ToArray();
        var completed = finished.Where(r => r.Run.Finals is not null).Select(r => r.Run.Finals!).ToArray();
        var configurations = members.Select(index => index % sweep.GridPoints).Distinct().ToDictionary(point => point, sweep.RunAt); // runs of one point differ in their seed alone
        var counted = completed.Where(HasHeads).ToArray();
        var metrics = MetricTable.Section(MetricTable.Results)
            .Where(metric => metric.Measure is not { } measure || sweep.Measures.Contains(measure))
            .ToDictionary(metric => metric.Name, metric => metric.Name switch
            {
                MetricTable.InductionShare => Document(Shares.Wilson(counted.Count(f => f.InductionHeads > 0), counted.Length)),
                MetricTable.TransitionStep => Document(Transition.Median(completed
                    .Where(f => f.TransitionBy is not null)
                    .Select(f => new Transition(f.TransitionStep, f.TransitionAfter, f.TransitionBy!.Value)))),
                var name => Document(WithNull(Means.Estimate(Defined(name), Defined(Metric.ErrorOf(name)), metric.Range), metric)),
            });
        metrics["terms"] = Document(TermImportances.Summarize([.. completed.Where(f => f.Terms is not null).Select(Terms)]));
        return new SweepGroup
        {
            By = by,
            Runs = members.Count,
            Completed = finished.Length,
            Failed = runs.Count(r => r.Run.State == RunState.Failed),
            Excluded = finished.Count(r => r.Run.Finals is not { } finals || LacksMetrics(configurations[r.Index % sweep.GridPoints].Model, finals)),
            Metrics = metrics,
        };

        IEnumerable<double> Defined(string name) => completed.Select(finals => finals[name]).Defined();

        LargestEstimate WithNull(MeanEstimate estimate, Metric metric) => new(
            estimate.Mean, estimate.Low, estimate.High, estimate.N, estimate.N > 0 && configurations.Values.Select(run => LargestNulls.Of(run, metric)).Distinct().ToArray() is [{ } only] ? only : null);
    }

    /// <summary>
    /// Whether a metric is undefined that models of this kind have: a run counts in the induction share or is excluded, never both. A transformer
    /// without layers is excluded: that none of its heads is an induction head says nothing.
    /// </summary>
    private static bool LacksMetrics(Architecture model, RunFinals finals) => finals[MetricTable.FinalLoss] is null
        || (model.HeadsPerLayer > 0 && (finals[MetricTable.IclScore] is null || !HasHeads(finals)));

    /// <summary>Whether heads were scored. Finals that were stored as 0 induction heads of no head have no largest score.</summary>
    private static bool HasHeads(RunFinals finals) => finals.InductionHeads is not null && finals[MetricTable.PrefixMatchingMax] is not null;

    /// <summary>Losses by path order. Of a run that an older build stored, the error of the last is known, since that is the model's loss.</summary>
    private static RunTerms Terms(RunFinals finals) => finals.Terms is { LossErrors: [], LossByOrder: [.., _] losses } former && finals[Metric.ErrorOf(MetricTable.FinalLoss)] is { } error
        ? former with { LossErrors = [.. losses.SkipLast(1).Select(_ => default(double?)), error] }
        : finals.Terms!;

    private static JsonElement Document<T>(T estimate) => JsonSerializer.SerializeToElement(estimate, Json.Options);

    private static IEnumerable<int> Members(Sweep sweep, int total, int point)
    {
        for (var index = point; index < total; index += sweep.GridPoints)
        {
            yield return index;
        }
    }
}

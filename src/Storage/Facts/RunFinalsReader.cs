using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Sweeps;
using Orchestrator.Statistics.Transitions;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Storage.Facts;

/// <summary>What a completed run came to, read from its facts.</summary>
public static class RunFinalsReader
{
    /// <summary>Reads the finals at a sweep's threshold. Metrics that were not measured are null.</summary>
    public static RunFinals Read(RunConfiguration run, RunPlan plan, IReadOnlyList<FactRow> facts)
    {
        var vectors = Vectors.BySteps(run, plan, facts);
        if (vectors.Count == 0)
        {
            return new RunFinals();
        }
        var last = vectors.Values.Last();
        int[] steps = [.. vectors.Keys];
        var crossing = Transition.FirstCrossing(steps, [.. vectors.Values.Select(v => v.Max("heads", "prefix_matching"))], plan.HeadThreshold);
        var inContext = InContextTransition.Of(steps, [.. vectors.Values.Select(v => v.Get("run", 0, "icl_score"))]);
        return new RunFinals
        {
            Metrics = MetricTable.Section(MetricTable.Results)
                .SelectMany(metric => new[] { (metric.Name, Value: metric.Source?.Read(last)), (Name: Metric.ErrorOf(metric.Name), Value: metric.Source?.ReadError(last)) })
                .Where(metric => metric.Value is not null)
                .ToDictionary(metric => metric.Name, metric => metric.Value!.Value),
            InductionHeads = last.InductionHeads(plan.HeadThreshold),
            TransitionAfter = crossing?.After,
            TransitionStep = crossing?.Step,
            TransitionBy = crossing?.Upto,
            IclTransitionStep = inContext?.HalfStep,
            Terms = last.Layout.Find("terms") is null ? null : new RunTerms(
                Math.Log(((DataConfiguration)run.Data).Vocab), last.Rows("terms", "loss"), last.Rows("layer_terms", "direct_plus_layer_loss"))
            {
                LossErrors = last.Rows("terms", Metric.ErrorOf("loss")),
                DirectPlusLayerErrors = last.Rows("layer_terms", Metric.ErrorOf("direct_plus_layer_loss")),
            },
        };
    }

    /// <summary>Largest prefix-matching score in one reported vector, or null if heads were not measured.</summary>
    public static double? PrefixMatchingMax(RunConfiguration run, IReadOnlyCollection<Measure> measures, byte[] metrics) =>
        metrics.Length == 0 ? null : Vectors.Read(run, measures, metrics).Max("heads", "prefix_matching");
}

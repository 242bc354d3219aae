using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Statistics.Nulls;

namespace Orchestrator.Results.Sweeps;

/// <summary>What the largest score of a run's heads or pairs comes to by chance (math.md 8.3): it grows with their number, so that sizes cannot be compared without it.</summary>
internal static class LargestNulls
{
    /// <summary>The null of a result that is a largest score; null of any other, and for a model that has no such score.</summary>
    public static LargestNull? Of(RunConfiguration run, Metric metric) => (metric.Source?.Section, run.Model) switch
    {
        ("heads", ModelConfiguration { HeadCount: > 0 } model) when run.Data is DataConfiguration data && PrefixMatchingLayout.For(data.Vocab, model.NCtx, data.Bos) is { } layout =>
            new LargestNull(model.HeadCount, layout.EvenAttention, layout.EvenAttention),
        ("pairs", ModelConfiguration { Layers: > 1 } model) =>
            CompositionNull.LargestExcess(model.DModel, model.DHead, model.Layers * (model.Layers - 1) / 2 * model.Heads * model.Heads),
        _ => null,
    };
}

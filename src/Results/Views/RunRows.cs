using Orchestrator.Specification;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Results.Views;

/// <summary>The rows of a sweep's runs, of those that were ever handed out, kept between questions; without their attempts.</summary>
public sealed class RunRows
{
    private readonly RunViews<RunRow> _views;

    /// <summary>Over a catalogue.</summary>
    public RunRows(ICatalogue catalogue) => _views = RunViews.OfRows<RunRow>(catalogue, RunViews.MostRuns, () => row => row);

    /// <summary>By index.</summary>
    internal Task<RunMap<RunRow>> Of(SweepRow sweep, Sweep specification, CancellationToken cancellation) => _views.Of(sweep, specification, cancellation);
}

using Orchestrator.Results.Views;
using Orchestrator.Specification;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Results.Findings;

/// <summary>The digests of a sweep's runs as far as they were measured, kept between questions: findings and curves are made from one reading of the facts.</summary>
public sealed class RunDigests
{
    private readonly RunViews<RunDigest> _views;

    /// <summary>Over facts and catalogue.</summary>
    public RunDigests(IFactStore facts, ICatalogue catalogue) => _views = RunViews.OfFacts(catalogue, facts, RunDigest.Of);

    /// <summary>By index.</summary>
    internal Task<RunMap<RunDigest>> Of(SweepRow sweep, Sweep specification, CancellationToken cancellation) => _views.Of(sweep, specification, cancellation);
}

using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Orchestrator.Specification;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Results.Views;

/// <summary>The rows of a sweep's runs, of those that were ever handed out, kept between questions; without their attempts.</summary>
public sealed class RunRows
{
    private readonly RunViews<RunRow> _views;

    /// <summary>Over a catalogue.</summary>
    public RunRows(ICatalogue catalogue)
    {
        _views = new RunViews<RunRow>(catalogue, Read);

        async IAsyncEnumerable<(int, RunRow)> Read(SweepRow sweep, Sweep specification, long after, [EnumeratorCancellation] CancellationToken cancellation)
        {
            foreach (var row in await catalogue.ChangedRuns(sweep.Id, after, cancellation))
            {
                yield return (row.Index, row with { Attempts = null });
            }
        }
    }

    /// <summary>By index.</summary>
    public Task<ImmutableSortedDictionary<int, RunRow>> Of(SweepRow sweep, Sweep specification, CancellationToken cancellation) => _views.Of(sweep, specification, cancellation);
}

using System.Runtime.CompilerServices;
using Orchestrator.Specification;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Results.Views;

/// <summary>The rows of a sweep's runs, of those that were ever handed out, kept between questions; without their attempts.</summary>
public sealed class RunRows
{
    private const int MostRuns = 50_000;
    private readonly RunViews<RunRow> _views;

    /// <summary>Over a catalogue.</summary>
    public RunRows(ICatalogue catalogue)
    {
        _views = new RunViews<RunRow>(catalogue, MostRuns, Read);

        async IAsyncEnumerable<(int, RunRow)> Read(SweepRow sweep, Sweep specification, long after, [EnumeratorCancellation] CancellationToken cancellation)
        {
            await foreach (var row in catalogue.ChangedRuns(sweep.Id, after, cancellation))
            {
                yield return (row.Index, row);
            }
        }
    }

    /// <summary>By index.</summary>
    internal Task<RunMap<RunRow>> Of(SweepRow sweep, Sweep specification, CancellationToken cancellation) => _views.Of(sweep, specification, cancellation);
}

using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Results.Tests.Projection;

/// <summary>A catalogue that something happens to as soon as it was asked for changes.</summary>
internal sealed class BusyCatalogue(ICatalogue catalogue, Func<Task> happens) : ICatalogue
{
    public async Task<IReadOnlyList<RunChange>> Changes(string sweepId, long after, CancellationToken cancellation = default)
    {
        var changes = await catalogue.Changes(sweepId, after, cancellation);
        await happens();
        return changes;
    }

    public Task<IReadOnlyList<SweepRow>> Sweeps(CancellationToken cancellation = default) => catalogue.Sweeps(cancellation);

    public Task<SweepRow?> Sweep(string sweepId, CancellationToken cancellation = default) => catalogue.Sweep(sweepId, cancellation);

    public Task<IReadOnlyList<RunCount>> Counts(string? sweepId = null, CancellationToken cancellation = default) => catalogue.Counts(sweepId, cancellation);

    public Task<IReadOnlyList<RunRow>> Runs(string sweepId, CancellationToken cancellation = default) => catalogue.Runs(sweepId, cancellation);

    public Task<IReadOnlyList<RunRow>> Runs(string sweepId, int from, int count, CancellationToken cancellation = default) => catalogue.Runs(sweepId, from, count, cancellation);

    public IAsyncEnumerable<RunRow> ChangedRuns(string sweepId, long after, CancellationToken cancellation = default) => catalogue.ChangedRuns(sweepId, after, cancellation);

    public Task<IReadOnlyList<RunRow>> Run(string runIdOrPrefix, CancellationToken cancellation = default) => catalogue.Run(runIdOrPrefix, cancellation);

    public Task<IReadOnlyList<string>> RunIds(string prefix, int most, CancellationToken cancellation = default) => catalogue.RunIds(prefix, most, cancellation);
}

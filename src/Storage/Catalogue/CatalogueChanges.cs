using System.Collections.Concurrent;

namespace Orchestrator.Storage.Catalogue;

/// <summary>
/// Which sweeps were written to by this process, and in what order: what watchers are woken by. It costs a number a sweep, however many watch, and nobody waits for
/// a watcher. Other processes' writes are not seen here.
/// </summary>
public sealed class CatalogueChanges
{
    private readonly ConcurrentDictionary<string, long> _newest = new();
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = New();
    private long _last;

    /// <summary>Names this process's numbers: those of another one are no numbers of its.</summary>
    public string Mark { get; } = Guid.NewGuid().ToString("n")[..12];

    /// <summary>The number of the newest change; 0 if there was none.</summary>
    public long Last => Interlocked.Read(ref _last);

    /// <summary>The sweeps that changed after a change.</summary>
    public IReadOnlyList<string> Since(long change) => [.. _newest.Where(sweep => sweep.Value > change).OrderBy(sweep => sweep.Value).Select(sweep => sweep.Key)];

    /// <summary>Waits until there is a change after this one.</summary>
    public async Task After(long change, CancellationToken cancellation)
    {
        while (true)
        {
            Task next;
            lock (_gate)
            {
                if (_last > change)
                {
                    return;
                }
                next = _changed.Task;
            }
            await next.WaitAsync(cancellation);
        }
    }

    /// <summary>What was written is durable.</summary>
    internal void Written(RowSet rows)
    {
        string[] sweeps = [.. rows.Sweeps.Select(row => row.Id).Concat(rows.Runs.Select(row => row.SweepId)).Distinct()];
        if (sweeps.Length == 0)
        {
            return;
        }
        lock (_gate)
        {
            foreach (var sweep in sweeps)
            {
                _newest[sweep] = ++_last;
            }
            _changed.SetResult();
            _changed = New();
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

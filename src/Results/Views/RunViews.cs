using System.Runtime.CompilerServices;
using Orchestrator.Contracts.Runs;
using Orchestrator.Specification;
using Orchestrator.Storage.Catalogue;
using Orchestrator.Storage.Facts;

namespace Orchestrator.Results.Views;

/// <summary>What a view has of the runs of a sweep that were written after a change, in the order of their index; runs that it has nothing of are not there.</summary>
internal delegate IAsyncEnumerable<(int Index, T Value)> RunReader<T>(SweepRow sweep, Sweep specification, long after, CancellationToken cancellation);

/// <summary>Views of what was measured, and of what is listed.</summary>
internal static class RunViews
{
    /// <summary>How many runs are kept, over all sweeps, of what costs about a kilobyte each.</summary>
    public const int MostRuns = 50_000;

    private const int AtOnce = 256;

    /// <summary>How many runs of a sweep, from the first on, answers are made from that need all vectors of a run: so many seeds of each point of the grid.</summary>
    public static int Measured(Sweep specification) => (int)Math.Min(specification.Count, Math.Max(1, MostRuns / specification.GridPoints) * (long)specification.GridPoints);

    /// <summary>Something of the row of every run that was ever handed out; without its attempts.</summary>
    /// <param name="catalogue">Where the rows are.</param>
    /// <param name="mostRuns">How many are kept.</param>
    /// <param name="beginReading">For the rows of one reading, what makes something of each.</param>
    public static RunViews<T> OfRows<T>(ICatalogue catalogue, int mostRuns, Func<Func<RunRow, T>> beginReading) where T : class
    {
        return new RunViews<T>(catalogue, mostRuns, Read);

        async IAsyncEnumerable<(int, T)> Read(SweepRow sweep, Sweep specification, long after, [EnumeratorCancellation] CancellationToken cancellation)
        {
            var read = beginReading();
            await foreach (var row in catalogue.ChangedRuns(sweep.Id, after, cancellation))
            {
                yield return (row.Index, read(row));
            }
        }
    }

    /// <summary>Something of every run of those that was measured, completed or not, from its vectors.</summary>
    public static RunViews<T> OfFacts<T>(ICatalogue catalogue, IFactStore facts, Func<RunConfiguration, Sweep, IReadOnlyList<FactRow>, T> digest) where T : class
    {
        return new RunViews<T>(catalogue, MostRuns, (sweep, specification, after, cancellation) =>
            Digests(facts.ByRun(sweep.Id, after, completed: false, cancellation: cancellation), specification, digest, cancellation));
    }

    /// <summary>Something of each run of those, in their order, made on all cores.</summary>
    public static async IAsyncEnumerable<(int Index, T Value)> Digests<T>(
        IAsyncEnumerable<(int Index, IReadOnlyList<FactRow> Rows)> vectors, Sweep specification, Func<RunConfiguration, Sweep, IReadOnlyList<FactRow>, T> digest,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var measured = Measured(specification);
        await foreach (var runs in vectors.TakeWhile(run => run.Index < measured).Chunk(AtOnce).WithCancellation(cancellation))
        {
            foreach (var digested in runs.AsParallel().AsOrdered().Select(run => (run.Index, digest(specification.RunAt(run.Index), specification, run.Rows))))
            {
                yield return digested;
            }
        }
    }
}

/// <summary>
/// Something of every run of a sweep, kept between questions and brought up to date by the sweep's changes: who asks again while a sweep runs pays for what has changed,
/// and however many ask at once it is read once. Whoever reduces it does so in the order of runs, so that an answer is the same whenever and however often results came.
/// </summary>
/// <param name="catalogue">Says what changed.</param>
/// <param name="mostRuns">How many are kept over all sweeps, those that were asked for last; what is more than that is read anew each time.</param>
/// <param name="read">Reads it.</param>
internal sealed class RunViews<T>(ICatalogue catalogue, int mostRuns, RunReader<T> read) where T : class
{
    private readonly Lock _gate = new();
    private readonly LinkedList<Kept> _kept = new(); // the one asked for last comes first

    /// <summary>By index, as of the sweep's row or a little later.</summary>
    public async Task<RunMap<T>> Of(SweepRow sweep, Sweep specification, CancellationToken cancellation)
    {
        // Others may wait for the same: who leaves does not end it.
        var view = await Latest(sweep, specification).WaitAsync(cancellation);
        Trim();
        return view.Runs;
    }

    private Task<View> Latest(SweepRow sweep, Sweep specification)
    {
        lock (_gate)
        {
            var kept = Find(sweep);
            if (kept.Change < sweep.Change || kept.View.IsFaulted)
            {
                (kept.Change, kept.View) = (sweep.Change, After(kept, kept.View, sweep, specification));
            }
            return kept.View;
        }
    }

    private async Task<View> After(Kept kept, Task<View> former, SweepRow sweep, Sweep specification)
    {
        await Task.Yield(); // the lock is held
        await former.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        var view = former.IsCompletedSuccessfully ? await former : View.Empty; // what failed is begun anew
        var change = view.Runs.Change();
        foreach (var changed in view.Runs.Count > 0 ? await catalogue.Changes(sweep.Id, view.Change) : [])
        {
            change.Set(changed.Index, null);
        }
        await foreach (var (index, value) in read(sweep, specification, view.Change, CancellationToken.None))
        {
            change.Set(index, value);
        }
        var runs = change.Build();
        kept.Runs = runs.Count;
        return new View(sweep.Change, runs);
    }

    private Kept Find(SweepRow sweep)
    {
        var found = _kept.FirstOrDefault(kept => kept.Id == sweep.Id && kept.Document == sweep.Document) ?? new Kept(sweep.Id, sweep.Document);
        _kept.Remove(found);
        _kept.AddFirst(found);
        return found;
    }

    private void Trim()
    {
        lock (_gate)
        {
            var runs = 0;
            for (var (node, next) = (_kept.First, _kept.First?.Next); node is not null; (node, next) = (next, next?.Next))
            {
                runs += node.Value.Runs;
                if (runs > mostRuns)
                {
                    _kept.Remove(node);
                }
            }
        }
    }

    private sealed record View(long Change, RunMap<T> Runs)
    {
        public static View Empty { get; } = new(0, RunMap<T>.Empty);
    }

    private sealed class Kept(string id, string? document)
    {
        public string Id => id;

        public string? Document => document;

        public long Change { get; set; }

        public int Runs { get; set; }

        public Task<View> View { get; set; } = Task.FromResult(RunViews<T>.View.Empty);
    }
}

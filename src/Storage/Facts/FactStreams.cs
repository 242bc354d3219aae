using System.Runtime.CompilerServices;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Storage.Facts;

/// <summary>Reading facts run by run.</summary>
public static class FactStreams
{
    /// <summary>The vectors of a sweep's completed runs, or of all runs, of those alone that were written after a change and not after another, and at some steps alone, if that is given, one run at a time, in the order of their index.</summary>
    public static async IAsyncEnumerable<(int Index, IReadOnlyList<FactRow> Rows)> ByRun(
        this IFactStore facts, string sweepId, long after = 0, IReadOnlyCollection<int>? steps = null, long? upto = null, bool completed = true, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(facts);
        (int Index, List<FactRow> Rows)? open = null;
        await foreach (var (index, fact) in facts.Sweep(sweepId, steps, after, upto, completed, cancellation))
        {
            if (open is { } run && run.Index != index)
            {
                yield return run;
                open = null;
            }
            open ??= (index, []);
            open.Value.Rows.Add(fact);
        }
        if (open is { } last)
        {
            yield return last;
        }
    }
}

using System.Collections.Immutable;
using Orchestrator.Contracts.Metrics;

namespace Orchestrator.Storage.Facts;

/// <summary>The composition of every pair of heads of a snapshot, found once for all rows: a sweep has millions of them.</summary>
public sealed class PairColumns
{
    private readonly MetricVector _vector;
    private readonly int[] _first;
    private readonly int _stride;

    private PairColumns(MetricVector vector, MetricSection pairs) =>
        (_vector, _first, _stride) = (vector, [.. Names.Select(name => pairs.At(0, name))], pairs.Columns.Count);

    /// <summary>The columns, which are then spoken of by their number here.</summary>
    public static ImmutableArray<string> Names { get; } = ["q_excess", "q_z", "k_excess", "k_z", "v_excess", "v_z"];

    /// <summary>Columns of composition through queries.</summary>
    public static (int Excess, int Z) Q => (0, 1);
    /// <summary>Columns of composition through keys.</summary>
    public static (int Excess, int Z) K => (2, 3);
    /// <summary>Columns of composition through values.</summary>
    public static (int Excess, int Z) V => (4, 5);

    /// <summary>Of a snapshot; null if composition was not measured, or there is no pair.</summary>
    public static PairColumns? Of(MetricVector vector)
    {
        ArgumentNullException.ThrowIfNull(vector);
        return vector.Layout.Find("pairs") is { Rows: > 0 } pairs ? new(vector, pairs) : null;
    }

    /// <summary>One value; null if it is undefined.</summary>
    public double? Get(int row, int column)
    {
        var value = _vector.Values[_first[column] + row * _stride];
        return float.IsNaN(value) ? null : value;
    }
}

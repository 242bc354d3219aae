using System.Globalization;
using Orchestrator.Specification.Nodes;

namespace Orchestrator.Specification.Axes;

/// <summary>The points of crossed axes, numbered: the last axis moves fastest.</summary>
internal sealed class Grid(MappingNode root, IReadOnlyList<Axis> axes)
{
    public IReadOnlyList<Axis> Axes { get; } = axes;

    public UInt128 Points { get; } = Cross(axes);

    /// <summary>Number of combinations, capped where it would not fit.</summary>
    public static UInt128 Cross(IEnumerable<Axis> axes) =>
        axes.Aggregate(UInt128.One, (product, axis) => product > UInt128.MaxValue / (UInt128)axis.Values.Count ? UInt128.MaxValue : product * (UInt128)axis.Values.Count);

    /// <summary>Which value of every axis a point has.</summary>
    public int[] Choice(long point)
    {
        var choice = new int[Axes.Count];
        for (var i = Axes.Count - 1; i >= 0; i--)
        {
            (point, var value) = Math.DivRem(point, Axes[i].Values.Count);
            choice[i] = (int)value;
        }
        return choice;
    }

    /// <summary>A section of the document (<c>model</c>, <c>data</c>, <c>train</c>) with the values of the axes in place; null if it is missing.</summary>
    public Node? Section(string name, ReadOnlySpan<int> choice) => Section(name, choice, overwrite: true);

    /// <summary>A section as it was written: an axis lends its first value only if the document has none.</summary>
    public Node? Written(string name) => Section(name, new int[Axes.Count], overwrite: false);

    private Node? Section(string name, ReadOnlySpan<int> choice, bool overwrite)
    {
        var section = root.TryGet(name, out var found) ? found : null;
        for (var i = 0; i < Axes.Count; i++)
        {
            if (Axes[i].Section == name && (overwrite || !Has(section, Axes[i].Segments.AsSpan(1))))
            {
                section = Put(section ?? new MappingNode([]) { Line = root.Line }, Axes[i].Segments, 1, Axes[i].Values[choice[i]]);
            }
        }
        return section;
    }

    private static bool Has(Node? node, ReadOnlySpan<string> segments) => segments.IsEmpty
        ? node is not null
        : node switch
        {
            MappingNode mapping => mapping.TryGet(segments[0], out var child) && Has(child, segments[1..]),
            SequenceNode list => Item(list, segments[0]) is { } index && Has(list.Items[index], segments[1..]),
            _ => false,
        };

    private static int? Item(SequenceNode list, string segment) =>
        int.TryParse(segment, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < list.Items.Count ? index : null;

    private static Node Put(Node node, string[] segments, int depth, Node value)
    {
        if (depth == segments.Length)
        {
            return value;
        }
        return node switch
        {
            MappingNode mapping => mapping.With(segments[depth], Put(mapping.TryGet(segments[depth], out var child) ? child : new MappingNode([]) { Line = node.Line }, segments, depth + 1, value)),
            SequenceNode list when Item(list, segments[depth]) is { } index => list.With(index, Put(list.Items[index], segments, depth + 1, value)),
            _ => node,
        };
    }
}

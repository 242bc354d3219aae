using System.Text.Json;

namespace Orchestrator.Reports.Text;

/// <summary>Swept values by the part of their path that tells them apart: <c>layers</c> for <c>model.layers</c>, unless another axis is called that too.</summary>
public sealed class AxisNames
{
    private readonly Dictionary<string, string> _names;

    /// <summary>Of the axes of these points.</summary>
    public AxisNames(IEnumerable<IReadOnlyDictionary<string, JsonElement>> points)
    {
        ArgumentNullException.ThrowIfNull(points);
        Axes = [.. points.SelectMany(point => point.Keys).Distinct()];
        var last = Axes.ToLookup(Last);
        _names = Axes.ToDictionary(axis => axis, axis => last[Last(axis)].Count() == 1 ? Last(axis) : axis);
    }

    /// <summary>Every axis, by path.</summary>
    public IReadOnlyList<string> Axes { get; }

    /// <summary>An axis for people.</summary>
    public string Of(string axis) => _names[axis];

    /// <summary>A point of the grid on one line.</summary>
    public string Point(IReadOnlyDictionary<string, JsonElement> by)
    {
        ArgumentNullException.ThrowIfNull(by);
        return by.Count == 0 ? "all runs" : string.Join(", ", by.Select(axis => $"{Of(axis.Key)}={Format.Value(axis.Value)}"));
    }

    private static string Last(string axis) => axis[(axis.LastIndexOf('.') + 1)..];
}

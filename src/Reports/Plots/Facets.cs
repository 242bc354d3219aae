using System.Text.Json;
using Orchestrator.Reports.Text;
using OxyPlot;

namespace Orchestrator.Reports.Plots;

/// <summary>
/// How many groups become a picture that can be read: one swept axis is colour, others are small multiples, the rest is kinds of lines. The same value has the
/// same colour in every plot of the sweep.
/// </summary>
internal sealed class Facets
{
    private const int MostPanels = 12;
    private readonly IReadOnlyList<IReadOnlyDictionary<string, JsonElement>> _points;
    private readonly AxisNames _names;
    private readonly Dictionary<string, List<string>> _values;
    private readonly string? _colour;
    private readonly string[] _panels;
    private readonly string[] _lines;

    public Facets(IReadOnlyList<IReadOnlyDictionary<string, JsonElement>> points)
    {
        (_points, _names) = (points, new AxisNames(points));
        _values = _names.Axes.ToDictionary(axis => axis, axis => points.Select(point => Value(point, axis)).Distinct().ToList());
        var varying = _names.Axes.Where(axis => _values[axis].Count > 1).OrderByDescending(axis => _values[axis].Count).ToList();
        _colour = varying.FirstOrDefault(axis => _values[axis].Count <= Palette.Count || IsNumeric(axis));
        var panels = new List<string>();
        var count = 1;
        foreach (var axis in varying.Where(axis => axis != _colour))
        {
            if (count * _values[axis].Count <= MostPanels)
            {
                panels.Add(axis);
                count *= _values[axis].Count;
            }
        }
        _panels = [.. panels];
        _lines = [.. varying.Where(axis => axis != _colour && !panels.Contains(axis))];
        Panels = [.. points.Select((_, group) => group).GroupBy(group => string.Join(", ", _panels.Select(axis => $"{_names.Of(axis)}={Value(points[group], axis)}")))
            .Select(panel => (panel.Key, panel.ToArray()))];
    }

    /// <summary>Small multiples: what their runs have in common, and the numbers of their groups.</summary>
    public IReadOnlyList<(string Title, int[] Groups)> Panels { get; }

    /// <summary>How many groups there are.</summary>
    public int Count => _points.Count;

    /// <summary>What to write beside a group.</summary>
    public string Label(int group) => _names.Axes.Any(axis => _values[axis].Count > 1)
        ? string.Join(", ", _names.Axes.Where(axis => _values[axis].Count > 1).Select(axis => $"{_names.Of(axis)}={Value(_points[group], axis)}"))
        : "all runs";

    /// <summary>The colour of a group.</summary>
    public OxyColor Colour(int group) => _colour is null ? Palette.Named(0) : ColourOf(Value(_points[group], _colour));

    /// <summary>The kind of line of a group.</summary>
    public LineStyle Style(int group) => _lines.Length == 0 ? LineStyle.Solid : Palette.Style(_values[_lines[0]].IndexOf(Value(_points[group], _lines[0])));

    /// <summary>What colours and lines mean; empty if there is one group.</summary>
    public IReadOnlyList<LegendEntry> Legend()
    {
        var entries = new List<LegendEntry>();
        if (_colour is { } colour)
        {
            var values = Ordered(colour);
            entries.AddRange(Every(values).Select((value, i) => new LegendEntry(i == 0 ? $"{_names.Of(colour)} {value}" : value, ColourOf(value), LineStyle.Solid)));
        }
        if (_lines is [var first, ..])
        {
            entries.AddRange(_values[first].Count <= Palette.StyleCount
                ? _values[first].Select((value, i) => new LegendEntry(i == 0 ? $"{_names.Of(first)} {value}" : value, Palette.Ink, Palette.Style(i)))
                : [new LegendEntry($"a line for each {string.Join(" and ", _lines.Select(_names.Of))}", Palette.Ink, LineStyle.Solid)]);
        }
        return entries;
    }

    private OxyColor ColourOf(string value) => IsNumeric(_colour!)
        ? Palette.Ramp((double)Ordered(_colour!).IndexOf(value) / (_values[_colour!].Count - 1))
        : Palette.Named(_values[_colour!].IndexOf(value));

    /// <summary>Numbers by size, so that the ramp has their order.</summary>
    private List<string> Ordered(string axis) => IsNumeric(axis)
        ? [.. _values[axis].OrderBy(value => double.Parse(value, System.Globalization.CultureInfo.InvariantCulture))]
        : _values[axis];

    /// <summary>Of many values of a ramp some, with both ends.</summary>
    private static IEnumerable<string> Every(List<string> values) => values.Count <= Palette.Count
        ? values
        : Enumerable.Range(0, 6).Select(i => values[(int)Math.Round(i * (values.Count - 1) / 5.0)]);

    private bool IsNumeric(string axis) => _points.All(point => point.TryGetValue(axis, out var value) && value.ValueKind == JsonValueKind.Number);

    private static string Value(IReadOnlyDictionary<string, JsonElement> point, string axis) => point.TryGetValue(axis, out var value) ? Format.Value(value) : Format.Nothing;
}

/// <summary>One entry of a legend.</summary>
internal sealed record LegendEntry(string Text, OxyColor Colour, LineStyle Style);

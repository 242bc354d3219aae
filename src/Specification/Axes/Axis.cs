using System.Text.Json;
using Orchestrator.Specification.Nodes;

namespace Orchestrator.Specification.Axes;

/// <summary>A setting and the values that a sweep gives it, in the order in which they were written.</summary>
/// <param name="Path">Dotted path of the setting, <c>model.layers</c>.</param>
/// <param name="Values">Its values.</param>
public sealed record SweepAxis(string Path, IReadOnlyList<JsonElement> Values);

/// <summary>An axis while its values still know where they were written.</summary>
internal sealed record Axis(string Path, IReadOnlyList<Node> Values)
{
    public string[] Segments { get; } = Path.Split('.');

    public string Section => Segments[0];

    public SweepAxis ToSweepAxis() => new(Path, [.. Values.Select(value => JsonSerializer.SerializeToElement(NodeJson.From(value)))]);
}

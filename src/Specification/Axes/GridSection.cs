using Orchestrator.Specification.Errors;
using Orchestrator.Specification.Nodes;

namespace Orchestrator.Specification.Axes;

/// <summary><c>grid</c>: settings with lists of values, all crossed with all.</summary>
internal static class GridSection
{
    public const string Path = "grid";

    // A broken axis stays, as far as it can be read: it must not hide what is wrong elsewhere, nor look like a missing setting.
    /// <summary>The axes, sorted by path: their order, and so the number of every run, does not depend on how the file was written.</summary>
    public static List<Axis> Read(Node? node, MappingNode root, Findings findings)
    {
        if (node is null)
        {
            return [];
        }
        if (node is not MappingNode mapping)
        {
            findings.Add(Path, node, $"{node.Description} is not a mapping of axes", "write { model.layers: [1, 2] }");
            return [];
        }
        var known = AxisPaths.In(root);
        return [.. mapping.Entries.TakeWhile(_ => !findings.Full).Select(entry => Read(entry, known, findings)).OfType<Axis>().OrderBy(axis => axis.Path, StringComparer.Ordinal)];
    }

    private static Axis? Read(Entry entry, List<string> known, Findings findings)
    {
        var (path, at) = (entry.Key, $"{Path}.{entry.Key}");
        if (!known.Contains(path))
        {
            var (rule, fix) = WhyNot(path, known);
            findings.Add(at, entry.Line, rule, fix);
            return null;
        }
        if (entry.Value is not SequenceNode list)
        {
            findings.Add(at, entry.Value, $"an axis is a list of values, and this is {entry.Value.Description}", "write it in brackets, for example [1, 2]");
            return new Axis(path, [new ReportedNode()]);
        }
        if (list.Items.Count == 0)
        {
            findings.Add(at, entry.Value, "the axis has no values", "give it values, or remove it");
            return new Axis(path, [new ReportedNode()]);
        }
        var values = list.Items.Select((item, i) => item with { Origin = $"{at}[{i}]" }).ToList();
        CheckDistinct(values, findings);
        return new Axis(path, values);
    }

    private static (string Rule, string Fix) WhyNot(string path, List<string> known)
    {
        if (path is "seeds" or "seed")
        {
            return ("seeds are an axis of their own", "write them under seeds, outside of grid");
        }
        if (AxisPaths.IsSingle(path))
        {
            return ("cannot be an axis in this version", "write one sweep for each");
        }
        if (known.Where(other => other.StartsWith(path + ".", StringComparison.Ordinal)).ToList() is { Count: > 0 } inside)
        {
            return ("the path names a group of settings", $"name one of them: {string.Join(", ", inside.Take(12))}");
        }
        return ("the path names no setting of a run", Suggestion.For(path, known));
    }

    private static void CheckDistinct(List<Node> values, Findings findings)
    {
        var seen = new HashSet<string>();
        foreach (var value in values.Where(value => !seen.Add(NodeJson.From(value)?.ToJsonString() ?? "null")))
        {
            findings.Add("", value, $"the axis has {value.Description} twice", "give every value once");
        }
    }
}

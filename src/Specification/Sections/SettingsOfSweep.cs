using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Sweeps;
using Orchestrator.Specification.Errors;
using Orchestrator.Specification.Nodes;
using Kinds = Orchestrator.Contracts.Metrics.Measures;

namespace Orchestrator.Specification.Sections;

/// <summary>The small settings of a sweep that are outside of every run's identity.</summary>
internal static class SettingsOfSweep
{
    public static string? Name(Node node, Findings findings)
    {
        const string fix = "write a name such as induction-by-depth";
        if (Scalars.Text(node, "name", fix, findings) is not { } name)
        {
            return null;
        }
        if (name.Length is > 0 and <= 64 && char.IsAsciiLetterOrDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
        {
            return name;
        }
        findings.Add("name", node, $"{node.Description} is not a name of 1 to 64 letters, digits, '-', '_' and '.' that starts with a letter or digit", fix);
        return null;
    }

    /// <summary>Metric families in the order of the enumeration; an empty list measures the loss alone.</summary>
    /// <param name="node">What is written, or null.</param>
    /// <param name="model">A model of the sweep, or null if it is broken: then nothing is said about what fits its kind.</param>
    /// <param name="findings">Where errors go.</param>
    public static IReadOnlyList<Measure>? Measures(Node? node, Architecture? model, Findings findings)
    {
        var all = Enum.GetValues<Measure>();
        if (node is null)
        {
            return model is null ? [] : Kinds.ByDefault(model);
        }
        var fitting = model is null ? all : Kinds.Of(model);
        string[] words = [.. Kinds.Names];
        if (node is not SequenceNode list)
        {
            findings.Add("measure", node, $"{node.Description} is not a list", $"write a list of {string.Join(", ", words)}");
            return null;
        }
        var chosen = new SortedSet<Measure>();
        var sound = true;
        foreach (var (item, i) in list.Items.Select((item, i) => (item, i)))
        {
            var at = Array.IndexOf(words, (item as ScalarNode)?.Text);
            if (at < 0)
            {
                findings.Add($"measure[{i}]", item, $"{item.Description} is not one of {string.Join(", ", words)}", Suggestion.Among((item as ScalarNode)?.Text ?? "", words));
            }
            else if (!fitting.Contains(all[at]))
            {
                findings.Add($"measure[{i}]", item, $"'{words[at]}' is measured of attention, and a model of kind relu-toy has none", $"write [{string.Join(", ", fitting.Select(Kinds.Name))}]");
            }
            else if (!chosen.Add(all[at]))
            {
                findings.Add($"measure[{i}]", item, $"'{words[at]}' is given twice", "give every measure once");
            }
            sound &= at >= 0;
        }
        return sound ? [.. chosen] : null;
    }

    public static Budget? Budget(Node node, Findings findings)
    {
        if (Section.Open(node, "budget", findings) is not { } section)
        {
            return null;
        }
        var runs = section.Find("runs") is { } r ? Scalars.Integer(r, "budget.runs", 1, int.MaxValue, findings) : null;
        double? hours = section.Find("device_hours") is { } h ? Scalars.Number(h, "budget.device_hours", Interval.Positive, findings) : null;
        section.Close();
        if (section.Find("runs") is null && section.Find("device_hours") is null)
        {
            findings.Add("budget", node, "a budget without a limit", "write runs or device_hours, or leave budget out");
        }
        return new Budget((int?)runs, hours);
    }
}

using Orchestrator.Specification.Errors;
using Orchestrator.Specification.Nodes;

namespace Orchestrator.Specification.Sections;

/// <summary>Single values with their types and bounds.</summary>
internal static class Scalars
{
    public static Int128? Integer(Node node, string path, Int128 low, Int128 high, Findings findings)
    {
        if (node is not ScalarNode scalar || !ScalarNumbers.TryInteger(scalar, out var value))
        {
            findings.Add(path, node, $"{node.Description} is not a whole number", $"write one from {low} to {high}");
            return null;
        }
        if (value < low || value > high)
        {
            findings.Add(path, node, $"{node.Description} is out of bounds", $"write a whole number from {low} to {high}");
            return null;
        }
        return value;
    }

    public static double? Number(Node node, string path, Interval allowed, Findings findings)
    {
        switch (node)
        {
            case ScalarNode scalar when ScalarNumbers.TryFinite(scalar, out var value):
                if (allowed.Contains(value))
                {
                    return value == 0 ? 0 : value; // -0 and 0 are one configuration
                }
                findings.Add(path, node, $"{node.Description} is out of bounds", $"write a number {allowed}");
                return null;
            case ScalarNode { Kind: ScalarKind.Number }:
                findings.Add(path, node, $"{node.Description} is not a finite number", $"write a number {allowed}");
                return null;
            default:
                findings.Add(path, node, $"{node.Description} is not a number", $"write one {allowed}");
                return null;
        }
    }

    public static string? Text(Node node, string path, string fix, Findings findings)
    {
        if (node is ScalarNode { Kind: ScalarKind.String } scalar)
        {
            return scalar.Text;
        }
        findings.Add(path, node, $"{node.Description} is not a text", node is ScalarNode { Kind: ScalarKind.Null } ? fix : $"{fix} (in quotes where it looks like a number)");
        return null;
    }

    /// <summary>A list of exactly <paramref name="length"/> values.</summary>
    public static IReadOnlyList<Node>? List(Node node, string path, int length, string fix, Findings findings)
    {
        if (node is SequenceNode sequence && sequence.Items.Count == length)
        {
            return sequence.Items;
        }
        var found = node is SequenceNode other ? $"a list of {other.Items.Count}" : node.Description;
        findings.Add(path, node, $"{found} is not a list of {length} values", fix);
        return null;
    }
}

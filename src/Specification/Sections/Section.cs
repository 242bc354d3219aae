using Orchestrator.Contracts;
using Orchestrator.Specification.Errors;
using Orchestrator.Specification.Nodes;

namespace Orchestrator.Specification.Sections;

/// <summary>
/// A mapping whose keys are asked for one by one. A value that does not fit is reported and comes back as null; what nobody
/// asked for is reported by <see cref="Close"/>.
/// </summary>
internal sealed class Section
{
    private readonly MappingNode _node;
    private readonly List<string> _known = [];
    private readonly List<string> _later = [];

    private Section(MappingNode node, string path, Findings findings) => (_node, Path, Findings) = (node, path, findings);

    public string Path { get; }
    public Findings Findings { get; }

    /// <summary>Opens a mapping; anything else is reported and gives null.</summary>
    public static Section? Open(Node node, string path, Findings findings)
    {
        if (node is MappingNode mapping)
        {
            return new Section(mapping, path, findings);
        }
        findings.Add(path, node, $"{node.Description} is not a mapping of settings", "write its settings as 'key: value', indented below it");
        return null;
    }

    public string PathOf(string key) => Path.Length == 0 ? key : $"{Path}.{key}";

    /// <summary>The value of a key that may be missing.</summary>
    public Node? Find(string key)
    {
        if (!_known.Contains(key))
        {
            _known.Add(key); // a key may be asked for twice, and a list of what is known names it once
        }
        return _node.TryGet(key, out var value) ? value : null;
    }

    /// <summary>The value of a key that must be there.</summary>
    public Node? Require(string key, string fix)
    {
        var value = Find(key);
        if (value is null)
        {
            Findings.Add(PathOf(key), _node, "is required and missing", fix);
        }
        return value;
    }

    /// <summary>Keys that the language reserves for what this version cannot do yet.</summary>
    public void Refuse(params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            _later.Add(key);
            if (_node.TryGet(key, out var value))
            {
                Findings.Add(PathOf(key), value, "is not supported by this version", "remove it");
            }
        }
    }

    /// <summary>Keys that mean something in another kind of section and nothing here.</summary>
    public void Elsewhere(string rule, string fix, IEnumerable<string> keys)
    {
        foreach (var key in keys)
        {
            _later.Add(key);
            if (_node.TryGet(key, out var value))
            {
                Findings.Add(PathOf(key), value, rule, fix);
            }
        }
    }

    /// <summary>Reports every key that was not asked for.</summary>
    public void Close()
    {
        foreach (var entry in _node.Entries)
        {
            if (Findings.Full)
            {
                return; // to guess at what nobody will read takes time
            }
            if (!_known.Contains(entry.Key) && !_later.Contains(entry.Key))
            {
                Findings.Add(PathOf(entry.Key), entry.Line, "unknown key", Suggestion.For(entry.Key, _known));
            }
        }
    }

    public int? Integer(string key, int low, int high, int? otherwise = null)
    {
        if (Find(key) is { } node)
        {
            return (int?)Scalars.Integer(node, PathOf(key), low, high, Findings);
        }
        if (otherwise is null)
        {
            Require(key, $"write a whole number from {low} to {high}");
        }
        return otherwise;
    }

    public double? Number(string key, Interval allowed, double otherwise) =>
        Find(key) is { } node ? Scalars.Number(node, PathOf(key), allowed, Findings) : otherwise;

    public bool? Boolean(string key, bool otherwise)
    {
        switch (Find(key))
        {
            case null:
                return otherwise;
            case ScalarNode { Kind: ScalarKind.Boolean } scalar:
                return scalar.Text == "true";
            case { } node:
                Findings.Add(PathOf(key), node, $"{node.Description} is neither true nor false", "write true or false");
                return null;
        }
    }

    /// <summary>A word of an enumeration, spelled as JSON spells it.</summary>
    public T? Choice<T>(string key, T otherwise) where T : struct, Enum
    {
        if (Find(key) is not { } node)
        {
            return otherwise;
        }
        if (node is ScalarNode { Kind: ScalarKind.String } scalar && Array.IndexOf(Words<T>.All, scalar.Text) is var at and >= 0)
        {
            return Words<T>.Members[at];
        }
        Findings.Add(PathOf(key), node, $"{node.Description} is not one of {string.Join(", ", Words<T>.All)}", Suggestion.Among((node as ScalarNode)?.Text ?? "", Words<T>.All));
        return null;
    }

    private static class Words<T> where T : struct, Enum
    {
        public static T[] Members { get; } = Enum.GetValues<T>();
        public static string[] All { get; } = [.. Members.Select(member => Json.Name(member))];
    }
}

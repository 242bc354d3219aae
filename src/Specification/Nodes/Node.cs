using System.Diagnostics.CodeAnalysis;

namespace Orchestrator.Specification.Nodes;

/// <summary>A value of a document, from YAML or JSON alike, that remembers where it stands.</summary>
internal abstract record Node
{
    /// <summary>Line in the file, from 1; null if there is no file.</summary>
    public int? Line { get; init; }

    /// <summary>For a value that an axis put into place: where it was written (<c>grid.model.layers[1]</c>).</summary>
    public string? Origin { get; init; }

    /// <summary>Values in this node, itself included, with every alias counted as often as it is used.</summary>
    public abstract long Size { get; }

    /// <summary>What it is, for a message.</summary>
    public abstract string Description { get; }
}

internal enum ScalarKind
{
    Null,
    Boolean,
    Number,
    String,
}

/// <summary>A single value. Numbers keep their text, so that no digit is lost before their type is known.</summary>
internal sealed record ScalarNode(ScalarKind Kind, string Text) : Node
{
    public override long Size => 1;

    public override string Description => Kind switch
    {
        ScalarKind.Null => "nothing",
        ScalarKind.String => $"'{Shown}'",
        _ => Shown,
    };

    private string Shown => Text.Length <= 60 ? Text : Text[..60] + "…";
}

internal sealed record SequenceNode(IReadOnlyList<Node> Items) : Node
{
    public override long Size { get; } = 1 + Items.Sum(item => item.Size);

    public override string Description => "a list";

    public SequenceNode With(int index, Node value) => new([.. Items.Take(index), value, .. Items.Skip(index + 1)]) { Line = Line, Origin = Origin };
}

/// <summary>Stands where a value could not be worked out and the reason has been reported: nothing more is said about it.</summary>
internal sealed record ReportedNode : Node
{
    public override long Size => 1;

    public override string Description => "a value that is missing";
}

/// <summary>A key of a mapping; the line is the key's.</summary>
internal readonly record struct Entry(string Key, int? Line, Node Value);

internal sealed record MappingNode(IReadOnlyList<Entry> Entries) : Node
{
    public override long Size { get; } = 1 + Entries.Sum(entry => entry.Value.Size);

    public override string Description => "a mapping";

    public bool TryGet(string key, [NotNullWhen(true)] out Node? value)
    {
        foreach (var entry in Entries)
        {
            if (entry.Key == key)
            {
                value = entry.Value;
                return true;
            }
        }
        value = null;
        return false;
    }

    public MappingNode With(string key, Node value)
    {
        var entries = new List<Entry>(Entries.Count + 1);
        var found = false;
        foreach (var entry in Entries)
        {
            found |= entry.Key == key;
            entries.Add(entry.Key == key ? entry with { Value = value } : entry);
        }
        if (!found)
        {
            entries.Add(new Entry(key, value.Line, value));
        }
        return new MappingNode(entries) { Line = Line, Origin = Origin };
    }
}

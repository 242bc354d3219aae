using Orchestrator.Specification.Errors;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Orchestrator.Specification.Nodes;

/// <summary>
/// Reads YAML event by event into nodes. Aliases share their node, so that a small file cannot grow in memory, and how large
/// it would be if they did not is bounded; so is the nesting.
/// </summary>
internal sealed class YamlDocument
{
    private readonly Parser _parser;
    private readonly Findings _findings;
    private readonly Dictionary<AnchorName, Node> _anchors = [];
    private int? _line;

    private YamlDocument(string text, Findings findings) => (_parser, _findings) = (new Parser(new SingleStepScanner(new StringReader(text))), findings);

    /// <summary>The root, or null if the text is not one YAML document.</summary>
    public static Node? Read(string text, Findings findings)
    {
        var document = new YamlDocument(text, findings);
        try
        {
            return document.Read();
        }
        catch (InvalidOperationException) // how the library's parser gives up on brackets that never close
        {
            findings.Add("", document._line, "this is not YAML (a bracket or a quote is not closed)", "mend the syntax here or just below");
            return null;
        }
        catch (YamlException e)
        {
            var line = (int)Math.Clamp(e.End.Line, 1, int.MaxValue);
            if (IndentedByTab(text, (int)e.Start.Line) is { } tabbed)
            {
                findings.Add("", tabbed, "a tab stands in the indentation", "indent with spaces: YAML allows nothing else");
            }
            else
            {
                findings.Add("", line, $"this is not YAML ({e.InnerException?.Message ?? e.Message})", "mend the syntax here or just above");
            }
            return null;
        }
    }

    private Node? Read()
    {
        _parser.Consume<StreamStart>();
        if (!_parser.TryConsume<DocumentStart>(out _))
        {
            _findings.Add("", (int?)null, "the file is empty", "write a sweep: name, model, data and train");
            return null;
        }
        var root = ReadNode("", depth: 0);
        _parser.Consume<DocumentEnd>();
        if (root is not null && !_parser.Accept<StreamEnd>(out _))
        {
            _findings.Add("", LineOf(_parser.Current!), "the file holds a second document", "keep one sweep in a file");
            return null;
        }
        return root;
    }

    private Node? ReadNode(string path, int depth)
    {
        if (depth > Limits.Nesting)
        {
            throw Refused(_parser.Current!, $"values are nested more than {Limits.Nesting} deep");
        }
        if (_parser.TryConsume<AnchorAlias>(out var alias))
        {
            return _anchors.TryGetValue(alias.Value, out var target)
                ? target
                : throw Refused(alias, $"'*{alias.Value}' does not name a complete value above it (a value cannot contain itself)");
        }
        if (_parser.Current is NodeEvent { Tag.IsEmpty: false } tagged)
        {
            _findings.Add(path, LineOf(tagged), $"the tag '{tagged.Tag}' has no meaning here", "remove it");
        }
        _line = _parser.Current is { } current ? LineOf(current) : _line;
        var anchor = _parser.Current is NodeEvent named ? named.Anchor : AnchorName.Empty;
        Node? node = _parser.Current switch
        {
            MappingStart => ReadMapping(path, depth),
            SequenceStart => ReadSequence(path, depth),
            _ => ReadScalar(_parser.Consume<Scalar>()),
        };
        if (node is { Size: > Limits.Values })
        {
            throw Refused(_parser.Current!, $"the file expands to more than {Limits.Values:N0} values");
        }
        if (!anchor.IsEmpty && node is not null)
        {
            _anchors[anchor] = node;
        }
        return node;
    }

    private static ScalarNode ReadScalar(Scalar scalar) =>
        (scalar.Style == ScalarStyle.Plain ? CoreSchema.Resolve(scalar.Value) : new ScalarNode(ScalarKind.String, scalar.Value)) with { Line = LineOf(scalar) };

    private SequenceNode ReadSequence(string path, int depth)
    {
        var start = _parser.Consume<SequenceStart>();
        var items = new List<Node>();
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            if (ReadNode($"{path}[{items.Count}]", depth + 1) is { } item)
            {
                items.Add(item);
            }
        }
        return new SequenceNode(items) { Line = LineOf(start) };
    }

    private MappingNode ReadMapping(string path, int depth)
    {
        var start = _parser.Consume<MappingStart>();
        var entries = new List<Entry>();
        var lines = new Dictionary<string, int>();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            if (!_parser.TryConsume<Scalar>(out var key))
            {
                throw Refused(_parser.Current!, "a key is not a plain word");
            }
            if (key.Value.Length > Limits.KeyCharacters)
            {
                throw Refused(key, $"a key is longer than {Limits.KeyCharacters} characters");
            }
            var keyPath = path.Length == 0 ? key.Value : $"{path}.{key.Value}";
            var value = ReadNode(keyPath, depth + 1);
            if (!lines.TryAdd(key.Value, LineOf(key)))
            {
                _findings.Add(keyPath, LineOf(key), $"the key was given before, in line {lines[key.Value]}", "keep one of the two");
            }
            else if (value is not null)
            {
                entries.Add(new Entry(key.Value, LineOf(key), value));
            }
        }
        return new MappingNode(entries) { Line = LineOf(start) };
    }

    private static YamlException Refused(ParsingEvent at, string rule) => new(at.Start, at.End, rule);

    private static int LineOf(ParsingEvent at) => (int)Math.Clamp(at.Start.Line, 1, int.MaxValue);

    // The library's mark is where the surrounding mapping began, so the tab is there or below.
    private static int? IndentedByTab(string text, int first) =>
        text.Split('\n').Select((line, i) => (Text: line, Number: i + 1))
            .Where(line => line.Number >= first && line.Text.TakeWhile(char.IsWhiteSpace).Contains('\t'))
            .Select(line => (int?)line.Number)
            .FirstOrDefault();
}

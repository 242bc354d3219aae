using System.Text;
using System.Text.Json;
using Orchestrator.Specification.Errors;

namespace Orchestrator.Specification.Nodes;

/// <summary>Reads JSON into nodes. Unlike the library's own tree it tells lines and refuses keys that are given twice.</summary>
internal ref struct JsonText
{
    private readonly ReadOnlySpan<byte> _text;
    private readonly Findings _findings;
    private readonly bool _countLines;
    private Utf8JsonReader _reader;
    private long _counted;
    private int _line = 1;

    private JsonText(ReadOnlySpan<byte> text, Findings findings, bool countLines)
    {
        _text = text;
        _findings = findings;
        _countLines = countLines;
        _reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = Limits.Nesting });
    }

    /// <summary>The root, or null if the text is not JSON.</summary>
    public static Node? Read(ReadOnlySpan<byte> text, Findings findings, bool countLines)
    {
        var json = new JsonText(text, findings, countLines);
        try
        {
            json._reader.Read();
            var root = json.ReadValue("");
            json._reader.Read(); // throws on anything after the root
            if (root.Size > Limits.Values)
            {
                findings.Add("", (int?)null, $"the document holds more than {Limits.Values:N0} values", "write a smaller one");
                return null;
            }
            return root;
        }
        catch (JsonException e)
        {
            findings.Add("", countLines ? (int)(e.LineNumber ?? 0) + 1 : null, $"this is not JSON ({e.Message})", "mend the syntax");
        }
        catch (InvalidOperationException e) // a string that is not UTF-8 or has half a surrogate pair
        {
            findings.Add("", json.Line(), $"this is not JSON ({e.Message})", "mend the string");
        }
        return null;
    }

    private Node ReadValue(string path)
    {
        var line = Line();
        return _reader.TokenType switch
        {
            JsonTokenType.StartObject => ReadObject(path) with { Line = line },
            JsonTokenType.StartArray => ReadArray(path) with { Line = line },
            JsonTokenType.Number => new ScalarNode(ScalarKind.Number, Encoding.ASCII.GetString(_reader.ValueSpan)) { Line = line },
            JsonTokenType.True or JsonTokenType.False => new ScalarNode(ScalarKind.Boolean, _reader.GetBoolean() ? "true" : "false") { Line = line },
            JsonTokenType.Null => new ScalarNode(ScalarKind.Null, "") { Line = line },
            _ => new ScalarNode(ScalarKind.String, _reader.GetString()!) { Line = line },
        };
    }

    private SequenceNode ReadArray(string path)
    {
        var items = new List<Node>();
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            items.Add(ReadValue($"{path}[{items.Count}]"));
        }
        return new SequenceNode(items);
    }

    private MappingNode ReadObject(string path)
    {
        var entries = new List<Entry>();
        var seen = new HashSet<string>();
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndObject)
        {
            var (key, line) = (_reader.GetString()!, Line());
            if (key.Length > Limits.KeyCharacters)
            {
                throw new JsonException($"a key is longer than {Limits.KeyCharacters} characters", null, (line ?? 1) - 1, null);
            }
            var keyPath = path.Length == 0 ? key : $"{path}.{key}";
            _reader.Read();
            var value = ReadValue(keyPath);
            if (seen.Add(key))
            {
                entries.Add(new Entry(key, line, value));
            }
            else
            {
                _findings.Add(keyPath, line, "the key was given before", "keep one of the two");
            }
        }
        return new MappingNode(entries);
    }

    private int? Line()
    {
        if (!_countLines)
        {
            return null;
        }
        _line += _text[(int)_counted..(int)_reader.TokenStartIndex].Count((byte)'\n');
        _counted = _reader.TokenStartIndex;
        return _line;
    }
}

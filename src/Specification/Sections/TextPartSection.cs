using Orchestrator.Contracts.Runs;
using Orchestrator.Specification.Errors;
using Orchestrator.Specification.Nodes;

namespace Orchestrator.Specification.Sections;

/// <summary>
/// The settings of <c>kind: text</c>. By the time they are read here, files are named by content: whoever has the files
/// (<see cref="SweepFile"/>) has put <c>{ name, sha256, bytes }</c> in place of every path.
/// </summary>
internal static class TextPartSection
{
    public static Text? Read(Section section)
    {
        var files = Files(section);
        var tokenizer = section.Require("tokenizer", "write bytes, characters or { words: 5000 }") is { } node
            ? Tokenizer(node, section.PathOf("tokenizer"), section.Findings)
            : null;
        var heldOut = section.Number("held_out", Interval.InsideShare, 0.1);
        return files is not null && tokenizer is not null && heldOut is { } h
            ? new Text { Files = files, Tokenizer = tokenizer, HeldOut = h }
            : null;
    }

    public static Tokenizer? Tokenizer(Node node, string path, Findings findings)
    {
        switch (node)
        {
            case ScalarNode { Text: "bytes" }:
                return new Tokenizer { Kind = TokenizerKind.Bytes };
            case ScalarNode { Text: "characters" }:
                return new Tokenizer { Kind = TokenizerKind.Characters };
            case MappingNode:
                var section = Section.Open(node, path, findings)!;
                var words = section.Integer("words", 1, 1 << 22);
                section.Close();
                return words is { } size ? new Tokenizer { Kind = TokenizerKind.Words, Size = size } : null;
            default:
                findings.Add(path, node, $"{node.Description} is not a tokenizer", "write bytes, characters or { words: 5000 }");
                return null;
        }
    }

    private static List<TextFile>? Files(Section section)
    {
        if (section.Require("files", "list the text files") is not { } node)
        {
            return null;
        }
        var path = section.PathOf("files");
        if (node is not SequenceNode { Items.Count: > 0 and <= Limits.Files } list)
        {
            section.Findings.Add(path, node, $"{node.Description} is not a list of 1 to {Limits.Files} files", "list the text files");
            return null;
        }
        TextFile?[] files = [.. list.Items.Select((item, i) => File(item, $"{path}[{i}]", section.Findings))];
        return files.Contains(null) ? null : [.. files.OfType<TextFile>()];
    }

    private static TextFile? File(Node node, string path, Findings findings)
    {
        if (node is ScalarNode)
        {
            findings.Add(path, node, $"{node.Description} is a path, and paths are not opened here", "send { name, sha256, bytes } and upload the content");
            return null;
        }
        if (Section.Open(node, path, findings) is not { } section)
        {
            return null;
        }
        var name = section.Require("name", "write the file's name") is { } n ? Scalars.Text(n, section.PathOf("name"), "write the file's name", findings) : null;
        const string hash = "write the SHA-256 of the content as 64 lower-case hexadecimal digits";
        var sha256 = section.Require("sha256", hash) is { } s ? Scalars.Text(s, section.PathOf("sha256"), hash, findings) : null;
        var bytes = section.Require("bytes", "write the length in bytes") is { } b ? Scalars.Integer(b, section.PathOf("bytes"), 1, long.MaxValue, findings) : null;
        section.Close();
        if (sha256 is not null && (sha256.Length != 64 || !sha256.All(char.IsAsciiHexDigitLower)))
        {
            findings.Add(section.PathOf("sha256"), section.Find("sha256"), "is not a SHA-256", hash);
            return null;
        }
        if (name is not null && (name.Length is 0 or > 255 || name.Any(c => c is '/' or '\\' || char.IsControl(c))))
        {
            findings.Add(section.PathOf("name"), section.Find("name"), "is not the name of a file without folders", "write the name alone");
            return null;
        }
        return name is not null && sha256 is not null && bytes is { } length ? new TextFile(name, sha256, (long)length) : null;
    }
}

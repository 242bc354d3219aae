using System.Globalization;
using Orchestrator.Contracts.Runs;
using Orchestrator.Specification.Errors;
using Orchestrator.Specification.Nodes;
using Orchestrator.Specification.Sections;

namespace Orchestrator.Specification.Texts;

/// <summary>
/// Puts content in place of paths: <c>files</c> become <c>{ name, sha256, bytes }</c>, and <c>vocab</c> what the tokenizer makes
/// of them: bytes 257 (BOS and every byte value), characters BOS and every code point that occurs in the files, words BOS,
/// unknown and as many words as there are, up to the number asked for.
/// </summary>
internal sealed class TextResolver(string folder, Findings findings, CancellationToken cancellation)
{
    private readonly List<LocalText> _found = [];

    /// <summary>The local files, each content once.</summary>
    public IReadOnlyList<LocalText> Found => [.. _found.DistinctBy(text => text.Sha256)];

    public Node Resolve(Node root)
    {
        if (root is not MappingNode document || !document.TryGet(DataSection.Path, out var node) || node is not MappingNode data)
        {
            return root;
        }
        return document.With(DataSection.Path, data.TryGet("parts", out var parts) && parts is SequenceNode list ? InParts(data, list) : InPart(data, DataSection.Path, data).Data);
    }

    private MappingNode InParts(MappingNode data, SequenceNode parts)
    {
        for (var i = 0; i < parts.Items.Count; i++)
        {
            if (parts.Items[i] is MappingNode part)
            {
                (part, data) = InPart(part, $"data.parts[{i}]", data);
                parts = parts.With(i, part);
            }
        }
        return data.With("parts", parts);
    }

    private (MappingNode Part, MappingNode Data) InPart(MappingNode part, string path, MappingNode data)
    {
        if (!IsText(part))
        {
            return (part, data);
        }
        if (Paths(part) is not { } paths)
        {
            // Resolved before, or broken in a way that the section reports; without files nobody misses a vocabulary.
            var broken = !part.TryGet("files", out var given) || given is not SequenceNode { Items.Count: > 0 };
            var reported = broken && !data.TryGet("vocab", out _) ? data.With("vocab", new ReportedNode()) : data;
            return (ReferenceEquals(part, data) ? reported : part, reported);
        }
        var tokenizer = part.TryGet("tokenizer", out var spelled) ? TextPartSection.Tokenizer(spelled, $"{path}.tokenizer", new Findings()) : null;
        var scan = new TextScan(tokenizer, cancellation);
        var texts = new TextFiles(folder, findings, scan, tokenizer).Read(paths, $"{path}.files");
        _found.AddRange(texts ?? []);
        Node files = texts is null ? new ReportedNode() : new SequenceNode([.. texts.Select(text => Entry(text, paths.Line))]) { Line = paths.Line };
        var vocab = texts is null || tokenizer is null ? new ReportedNode() : Vocabulary(tokenizer, scan, spelled!, path, part, data);
        // A single kind is its own part: the vocabulary stands beside its files.
        var resolved = part.With("files", files);
        if (tokenizer?.Kind == TokenizerKind.Words && scan.Distinct < tokenizer.Size && vocab is ScalarNode)
        {
            resolved = resolved.With("tokenizer", new MappingNode([new("words", spelled!.Line, Number(scan.Distinct, spelled.Line))]) { Line = spelled.Line });
        }
        var holder = ReferenceEquals(part, data) ? resolved : data;
        holder = holder.TryGet("vocab", out _) ? holder : holder.With("vocab", vocab);
        return ReferenceEquals(part, data) ? (holder, holder) : (resolved, holder);
    }

    private static bool IsText(MappingNode part) => part.TryGet("kind", out var kind) && kind is ScalarNode { Text: DataPartSection.Text };

    private static SequenceNode? Paths(MappingNode part)
    {
        part.TryGet("files", out var files);
        var list = files is ScalarNode { Kind: ScalarKind.String } ? new SequenceNode([files]) { Line = files.Line } : files as SequenceNode;
        return list?.Items.Any(item => item is ScalarNode { Kind: ScalarKind.String }) == true ? list : null;
    }

    private Node Vocabulary(Tokenizer tokenizer, TextScan scan, Node at, string path, MappingNode part, MappingNode data)
    {
        if (tokenizer.Kind != TokenizerKind.Bytes && scan.Distinct < Least(tokenizer.Kind))
        {
            var least = tokenizer.Kind == TokenizerKind.Words ? "no words: it is blank" : "fewer than two different characters";
            part.TryGet("files", out var files);
            findings.Add($"{path}.files", files, $"the text has {least}", "add text");
            return new ReportedNode();
        }
        var vocab = tokenizer.Kind switch
        {
            TokenizerKind.Bytes => VocabularyRules.OfBytes,
            TokenizerKind.Characters => scan.Distinct + 1,
            _ => scan.Distinct + 2,
        };
        if (tokenizer.Kind == TokenizerKind.Characters && data.TryGet("vocab", out var given) && given is ScalarNode number && ScalarNumbers.TryInteger(number, out var written) && written != vocab)
        {
            findings.Add("data.vocab", given, $"the text has a vocabulary of {vocab} (BOS and {scan.Distinct} characters), not {written}", $"write {vocab}, or leave vocab out");
        }
        return Number(vocab, at.Line);
    }

    private static ScalarNode Number(int number, int? line) => new(ScalarKind.Number, number.ToString(CultureInfo.InvariantCulture)) { Line = line };

    private static int Least(TokenizerKind kind) => kind == TokenizerKind.Words ? 1 : 2;

    private static MappingNode Entry(LocalText text, int? line)
    {
        return new MappingNode([
            Scalar("name", ScalarKind.String, Path.GetFileName(text.Path)),
            Scalar("sha256", ScalarKind.String, text.Sha256),
            Scalar("bytes", ScalarKind.Number, text.Bytes.ToString(CultureInfo.InvariantCulture)),
        ])
        { Line = line };

        Entry Scalar(string key, ScalarKind kind, string value) => new(key, line, new ScalarNode(kind, value) { Line = line });
    }
}

using Orchestrator.Platform.Files;
using Orchestrator.Contracts.Runs;
using Orchestrator.Specification.Errors;
using Orchestrator.Specification.Nodes;

namespace Orchestrator.Specification.Texts;

/// <summary>Opens the files that a list of paths and globs names.</summary>
internal sealed class TextFiles(string folder, Findings findings, TextScan scan, Tokenizer? tokenizer)
{
    private const string Fix = "write a path or a glob, relative to the sweep file";

    /// <summary>Every file by content, in the order of the list; null if one cannot be had, which is reported.</summary>
    public List<LocalText>? Read(SequenceNode list, string path)
    {
        var (texts, seen, sound) = (new List<LocalText>(), new HashSet<string>(), true);
        for (var i = 0; i < list.Items.Count; i++)
        {
            var (item, at) = (list.Items[i], $"{path}[{i}]");
            var matches = Match(item, at);
            sound &= matches.Count > 0;
            foreach (var file in matches)
            {
                if (seen.Count == Limits.Files)
                {
                    findings.Add(path, list, $"more than {Limits.Files:N0} files are named", "join them into fewer files");
                    return null;
                }
                var text = seen.Add(file) ? Scan(file, item, at) : Refused(at, item, $"{item.Description} names '{Path.GetFileName(file)}' a second time", "name every file once");
                sound &= text is not null;
                texts.AddRange(text is null ? [] : [text]);
            }
        }
        return sound ? texts : null;
    }

    private IReadOnlyList<string> Match(Node item, string at)
    {
        if (item is not ScalarNode { Kind: ScalarKind.String, Text: { Length: > 0 } pattern } || pattern.Contains('\0', StringComparison.Ordinal))
        {
            Refused(at, item, $"{item.Description} is not a path", Fix);
            return [];
        }
        if (!FilePatterns.IsGlob(pattern))
        {
            var path = Path.GetFullPath(Path.Combine(folder, pattern));
            if (Path.Exists(path))
            {
                return [path];
            }
            Refused(at, item, $"there is no file {item.Description} in {folder}", "put the text there, or write another path relative to the sweep file");
            return [];
        }
        try
        {
            var matches = FilePatterns.Expand(folder, pattern);
            if (matches.Count == 0)
            {
                Refused(at, item, $"{item.Description} matches no file in {folder}", Fix);
            }
            return matches;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Refused(at, item, $"{item.Description} cannot be searched ({e.Message})", "name readable folders");
            return [];
        }
    }

    private LocalText? Scan(string file, Node item, string at)
    {
        var name = Path.GetFileName(file);
        try
        {
            return scan.Read(file) switch
            {
                { Bytes: > 0 } text => text,
                { } => Refused(at, item, $"the file '{name}' is empty", "put text into it"),
                null => Refused(at, item, $"the file '{name}' is not UTF-8, and {(tokenizer?.Kind == TokenizerKind.Words ? "words" : "characters")} cannot be read from it", "convert it to UTF-8, or use tokenizer: bytes"),
            };
        }
        catch (UserFileException e)
        {
            return Refused(at, item, $"{item.Description}: {e.Rule}", e.Fix);
        }
        catch (IOException e)
        {
            return Refused(at, item, $"the file '{name}' cannot be read ({e.Message})", "name a readable file");
        }
    }

    private LocalText? Refused(string path, Node at, string rule, string fix)
    {
        findings.Add(path, at, rule, fix);
        return null;
    }
}

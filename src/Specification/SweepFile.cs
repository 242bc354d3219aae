using System.Text;
using Orchestrator.Platform.Files;
using Orchestrator.Specification.Errors;
using Orchestrator.Specification.Nodes;
using Orchestrator.Specification.Texts;

namespace Orchestrator.Specification;

/// <summary>Reads a sweep file: YAML 1.2, or the same tree as JSON where the name ends in <c>.json</c>.</summary>
public static class SweepFile
{
    private const string WhenTooLong = "write long lists as ranges or axes";

    /// <summary>Reads a file with the texts it names. Every failure, a missing file included, is among the errors of the result.</summary>
    public static Reading<SweepDocument> Load(string path, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var findings = new Findings();
        try
        {
            return Resolve(UserFile.ReadText(path, Limits.FileBytes, WhenTooLong), path, findings, opensFiles: true, cancellation);
        }
        catch (UserFileException unreadable)
        {
            findings.Add("", unreadable.Line, unreadable.Rule, unreadable.Fix);
            return Reading<SweepDocument>.Of(path, null, findings);
        }
    }

    /// <summary>The same for text that is not in a file; paths of texts are relative to the folder of <paramref name="fileName"/>.</summary>
    public static Reading<SweepDocument> Parse(string text, string fileName) => Parse(text, fileName, opensFiles: true);

    /// <summary>The same for text of somebody who may not read this machine's files: opens none, and refuses paths. Texts must be named by content.</summary>
    public static Reading<SweepDocument> ParseWithoutFiles(string text, string fileName) => Parse(text, fileName, opensFiles: false);

    private static Reading<SweepDocument> Parse(string text, string fileName, bool opensFiles)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentException.ThrowIfNullOrEmpty(fileName);
        var (bytes, findings) = (Encoding.UTF8.GetBytes(text), new Findings());
        if (bytes.Length > Limits.FileBytes)
        {
            findings.Add("", (int?)null, $"the text is longer than {Limits.FileBytes:N0} bytes", WhenTooLong);
            return Reading<SweepDocument>.Of(fileName, null, findings);
        }
        return Resolve(bytes, fileName, findings, opensFiles, CancellationToken.None);
    }

    private static Reading<SweepDocument> Resolve(byte[] text, string path, Findings findings, bool opensFiles, CancellationToken cancellation)
    {
        var texts = opensFiles ? new TextResolver(Path.GetDirectoryName(Path.GetFullPath(path))!, findings, cancellation) : null;
        var root = path.EndsWith(".json", StringComparison.OrdinalIgnoreCase)
            ? JsonText.Read(text, findings, countLines: true)
            : YamlDocument.Read(Encoding.UTF8.GetString(text), findings);
        var resolved = root is null || texts is null ? root : texts.Resolve(root);
        var sweep = resolved is null ? null : SweepReader.Read(resolved, findings);
        return Reading<SweepDocument>.Of(path, sweep is null ? null : new SweepDocument(sweep, texts?.Found ?? []), findings);
    }
}

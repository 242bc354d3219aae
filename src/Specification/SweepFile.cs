using System.Text;
using Orchestrator.Specification.Errors;
using Orchestrator.Specification.Nodes;
using Orchestrator.Specification.Texts;

namespace Orchestrator.Specification;

/// <summary>Reads a sweep file: YAML 1.2, or the same tree as JSON where the name ends in <c>.json</c>.</summary>
public static class SweepFile
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a file with the texts it names. Every failure, a missing file included, is among the errors of the result.</summary>
    public static Reading<SweepDocument> Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var findings = new Findings();
        return ReadFile(path, findings) is { } bytes ? Resolve(bytes, path, findings) : Reading<SweepDocument>.Of(path, null, findings);
    }

    /// <summary>The same for text that is not in a file; paths of texts are relative to the folder of <paramref name="fileName"/>.</summary>
    public static Reading<SweepDocument> Parse(string text, string fileName)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentException.ThrowIfNullOrEmpty(fileName);
        return Resolve(Encoding.UTF8.GetBytes(text), fileName, new Findings());
    }

    private static Reading<SweepDocument> Resolve(byte[] bytes, string path, Findings findings)
    {
        var texts = new TextResolver(Path.GetDirectoryName(Path.GetFullPath(path))!, findings);
        var root = ReadNodes(bytes, path, findings);
        var resolved = root is null ? null : texts.Resolve(root);
        var sweep = resolved is null ? null : SweepReader.Read(resolved, findings);
        return Reading<SweepDocument>.Of(path, sweep is null ? null : new SweepDocument(sweep, texts.Found), findings);
    }

    private static Node? ReadNodes(byte[] bytes, string path, Findings findings)
    {
        if (bytes.Length > Limits.FileBytes)
        {
            findings.Add("", (int?)null, $"the file is longer than {Limits.FileBytes:N0} bytes", "write long lists as ranges or axes");
            return null;
        }
        string text;
        try
        {
            text = Strict.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            findings.Add("", bytes.AsSpan(0, Math.Clamp(e.Index, 0, bytes.Length)).Count((byte)'\n') + 1, "the file is not UTF-8", "save it as UTF-8");
            return null;
        }
        text = text.TrimStart('\uFEFF');
        return path.EndsWith(".json", StringComparison.OrdinalIgnoreCase)
            ? JsonText.Read(Encoding.UTF8.GetBytes(text), findings, countLines: true)
            : YamlDocument.Read(text, findings);
    }

    private static byte[]? ReadFile(string path, Findings findings)
    {
        try
        {
            using var stream = File.OpenRead(path);
            if (stream.CanSeek && stream.Length > Limits.FileBytes)
            {
                return new byte[Limits.FileBytes + 1]; // reported by the reader as too long
            }
            var buffer = new byte[Limits.FileBytes + 1];
            var length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            return buffer[..length];
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            findings.Add("", (int?)null, "the file does not exist", "check the path");
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            findings.Add("", (int?)null, $"the file cannot be read ({e.Message})", "name a readable file");
        }
        return null;
    }
}

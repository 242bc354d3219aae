using System.Text.Json.Nodes;

namespace Orchestrator.Specification;

/// <summary>A text file on this machine that a sweep names by content.</summary>
/// <param name="Path">Where it is here; never leaves this machine.</param>
/// <param name="Sha256">Lower-case hexadecimal SHA-256 of the content.</param>
/// <param name="Bytes">Length in bytes.</param>
public sealed record LocalText(string Path, string Sha256, long Bytes);

/// <summary>A sweep file, resolved: paths replaced by content.</summary>
/// <param name="Sweep">The valid sweep.</param>
/// <param name="Texts">Files that the server needs by content, each once.</param>
public sealed record SweepDocument(Sweep Sweep, IReadOnlyList<LocalText> Texts)
{
    /// <summary>What to submit.</summary>
    public JsonObject Json => Sweep.Document;
}

using System.Collections.Concurrent;
using Orchestrator.Platform;

namespace Orchestrator.Storage.Artifacts;

/// <summary>Makes new names durable, and those of the folders that were made for them. What was flushed once stays: no folder is ever removed.</summary>
/// <param name="root">The folder above all.</param>
internal sealed class FolderFlush(string root)
{
    private readonly ConcurrentDictionary<string, bool> _durable = [];

    /// <summary>Flushes a folder and, up to the root, those above it that are not known to hold its name durably.</summary>
    public void Flush(string folder)
    {
        var made = new List<string>();
        for (var at = folder; ; at = Path.GetDirectoryName(at)!)
        {
            IPlatform.Current.FlushFolder(at);
            if (at.Length <= root.Length || _durable.ContainsKey(at))
            {
                break;
            }
            made.Add(at);
        }
        foreach (var name in made)
        {
            _durable[name] = true; // only now: who finds it here relies on it
        }
    }
}

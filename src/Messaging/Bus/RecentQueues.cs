using System.Collections.Concurrent;

namespace Orchestrator.Messaging.Bus;

/// <summary>Queues that this process has sent packs to within the last hour. Those of requirements come and go, so nobody else has their names.</summary>
internal sealed class RecentQueues(TimeProvider time)
{
    private static readonly TimeSpan Kept = TimeSpan.FromHours(1);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _last = [];

    public IReadOnlyCollection<string> Names
    {
        get
        {
            foreach (var (queue, _) in _last.Where(q => time.GetUtcNow() - q.Value > Kept))
            {
                _last.TryRemove(queue, out _);
            }
            return [.. _last.Keys];
        }
    }

    public void Note(string queue) => _last[queue] = time.GetUtcNow();
}

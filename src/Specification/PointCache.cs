using System.Collections.Concurrent;
using Orchestrator.Contracts.Identity;
using Orchestrator.Contracts.Runs;

namespace Orchestrator.Specification;

/// <summary>
/// Remembers what the runs of one point of the grid share, for as many points as fit into a few megabytes. It changes no
/// answer: every entry is a pure function of its number.
/// </summary>
internal sealed class PointCache(Func<long, RunConfiguration> configurationOf)
{
    private const int Most = 4_096;

    private readonly ConcurrentDictionary<long, Point> _points = new();

    public Point At(long point) =>
        point < Most ? _points.GetOrAdd(point, Make) : Make(point);

    private Point Make(long point) => new(configurationOf(point));

    /// <summary>A configuration that waits for its seed, and the hash of all that is decided without it.</summary>
    internal sealed class Point(RunConfiguration configuration)
    {
        private byte[]? _digest;

        public RunConfiguration Configuration { get; } = configuration;

        public byte[] Digest => _digest ??= Identities.DigestOf(Configuration);
    }
}

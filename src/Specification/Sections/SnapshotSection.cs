using Orchestrator.Contracts.Sweeps;
using Orchestrator.Specification.Errors;
using Orchestrator.Specification.Nodes;

namespace Orchestrator.Specification.Sections;

/// <summary><c>snapshots</c>: exactly one of <c>every</c>, <c>log</c> and <c>at</c>; without the key, 20 in the logarithm of the step.</summary>
internal static class SnapshotSection
{
    public const string Path = "snapshots";

    private const string Fix = "write exactly one of { every: 20 }, { log: 20 } and { at: [100, 300] }";

    private static readonly string[] Schedules = ["every", "log", "at"];

    public static SnapshotSchedule Default { get; } = new() { Log = 20 };

    /// <summary>Reads the schedule of runs that take at most <paramref name="longest"/> steps.</summary>
    public static SnapshotSchedule? Read(Node node, int? longest, Findings findings)
    {
        if (Section.Open(node, Path, findings) is not { } section)
        {
            return null;
        }
        var given = Schedules.Count(key => section.Find(key) is not null);
        section.Close();
        if (given != 1)
        {
            findings.Add(Path, node, given == 0 ? "says nothing about when" : $"{given} schedules are given", Fix);
            return null;
        }
        if (section.Find("at") is { } at)
        {
            return At(at, section.PathOf("at"), longest, findings) is { } steps ? new SnapshotSchedule { At = steps } : null;
        }
        if (section.Find("log") is not null)
        {
            return section.Integer("log", 1, Limits.Snapshots) is { } count ? new SnapshotSchedule { Log = count } : null;
        }
        if (section.Integer("every", 1, 1_000_000_000) is not { } every)
        {
            return null;
        }
        if (longest is { } last && last / every > Limits.Snapshots)
        {
            findings.Add(section.PathOf("every"), section.Find("every"), $"a run of {last} steps would keep {last / every} snapshots, more than {Limits.Snapshots}", $"write at least {last / Limits.Snapshots + 1}, or {{ log: 100 }}");
            return null;
        }
        return new SnapshotSchedule { Every = every };
    }

    private static List<int>? At(Node node, string path, int? longest, Findings findings)
    {
        if (node is not SequenceNode { Items.Count: > 0 and <= Limits.Snapshots } list)
        {
            findings.Add(path, node, $"{node.Description} is not a list of 1 to {Limits.Snapshots} steps", "write the steps, for example [100, 300]");
            return null;
        }
        var steps = new SortedSet<int>();
        var sound = true;
        foreach (var (item, i) in list.Items.Select((item, i) => (item, i)))
        {
            var step = (int?)Scalars.Integer(item, $"{path}[{i}]", 0, longest ?? 1_000_000_000, findings);
            sound &= step is not null;
            if (step is { } s && !steps.Add(s))
            {
                findings.Add($"{path}[{i}]", item, $"step {s} is given twice", "give every step once");
                sound = false;
            }
        }
        return sound ? [.. steps] : null;
    }
}

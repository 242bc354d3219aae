using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Results.Sweeps;
using Orchestrator.Results.Views;
using Orchestrator.Specification;
using Orchestrator.Storage.Catalogue;
using Orchestrator.Storage.Facts;

namespace Orchestrator.Results.Heads;

/// <summary>A question about heads that cannot be answered; the message says what can be asked.</summary>
public sealed class HeadQueryException(string message) : Exception(message);

/// <summary>Per-head metrics of a sweep: as rows, or aggregated over seeds.</summary>
public sealed class HeadTables
{
    private readonly IFactStore _facts;
    private readonly RunOutcomes _runs;
    private readonly SweepDirectory _directory;
    private readonly SweepResults _results;
    private readonly RunViews<Snapshot> _finals; // what is asked again and again

    /// <summary>Over facts and catalogue.</summary>
    public HeadTables(IFactStore facts, ICatalogue catalogue, RunOutcomes runs, SweepDirectory directory, SweepResults results)
    {
        (_facts, _runs, _directory, _results, _finals) = (facts, runs, directory, results, new RunViews<Snapshot>(catalogue, RunViews.MostRuns, Read));

        async IAsyncEnumerable<(int, Snapshot)> Read(SweepRow sweep, Sweep specification, long after, [EnumeratorCancellation] CancellationToken cancellation)
        {
            await foreach (var snapshot in Snapshots(sweep, specification, "final", withFinals: false, after, cancellation))
            {
                yield return (snapshot.Index, snapshot);
            }
        }
    }

    /// <summary>One row per run, step, layer and head: so many, after the first ones.</summary>
    public async Task<Table> Rows(SweepRow sweep, string at, string? where, int after, int limit, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        var specification = WithHeads(sweep);
        string[] axes = [.. specification.PointAt(0).Keys];
        string[] metrics = [.. MetricLayout.For(specification.RunAt(0).Model, specification.PlanFor(specification.RunAt(0)).Measures).Find("heads")!.Columns];
        var filter = new HeadFilter(where, specification.HeadThreshold);
        var rows = new List<IReadOnlyList<object?>>();
        var found = 0;
        await foreach (var snapshot in Snapshots(sweep, specification, at, withFinals: false, 0, cancellation))
        {
            var point = specification.PointAt(snapshot.Index);
            var keys = new HeadKeys(snapshot.Vector, specification.HeadThreshold);
            for (var head = 0; head < snapshot.Run.Model.HeadCount; head++)
            {
                if (!filter.Passes(specification.RunIdAt(snapshot.Index), snapshot.Run, snapshot.Step, snapshot.Vector, head))
                {
                    continue;
                }
                if (found++ < after)
                {
                    continue;
                }
                if (rows.Count == limit)
                {
                    return Result(truncated: true);
                }
                rows.Add([
                    specification.RunIdAt(snapshot.Index), .. axes.Select(a => (object?)point[a]), snapshot.Run.Seed, snapshot.Step,
                    head / snapshot.Run.Model.HeadsPerLayer, head % snapshot.Run.Model.HeadsPerLayer, keys.Role(head), .. metrics.Select(m => (object?)snapshot.Vector.Get("heads", head, m)),
                ]);
            }
        }
        return Result(truncated: false);

        Table Result(bool truncated) => new(
            [
                new("run", "text"), .. axes.Select(a => new TableColumn(a.Replace('.', '_'), "json")), new("seed", "integer"), new("step", "integer"),
                new("layer", "integer"), new("head", "integer"), new("role", "text"), .. metrics.Select(m => new TableColumn(m, "double")),
            ],
            rows, truncated)
        { Next = truncated ? (after + limit).ToString(CultureInfo.InvariantCulture) : null };
    }

    /// <summary>Aggregates over runs: by properties of the run, or by layer and head too.</summary>
    public async Task<SweepResult> Grouped(SweepRow sweep, string at, IReadOnlyList<string> keys, string? where, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        ArgumentNullException.ThrowIfNull(keys);
        if (at == "all")
        {
            throw new HeadQueryException("a group needs one step of every run: use --at final, --at transition or --at STEP with --group-by.");
        }
        if (keys.GroupBy(key => key).FirstOrDefault(same => same.Count() > 1) is { Key: var twice })
        {
            throw new HeadQueryException($"'{twice}' is named twice: name each key of a group once.");
        }
        var specification = WithHeads(sweep);
        var byHead = keys.Any(IsOfHead);
        var snapshots = at == "final" ? await _finals.Of(sweep, specification, cancellation) : await AtStep();
        var filter = new HeadFilter(where, specification.HeadThreshold);
        var outcomes = await _runs.Of(sweep, specification, cancellation);
        var spelled = new GroupSpelling(specification, keys);
        var members = Enumerable.Range(0, sweep.TotalRuns)
            .SelectMany(index => MembersOf(index, specification.RunAt(index)))
            .GroupBy(member => member.Group)
            .Select(group => (By: KeyOf(group.First()), Members: group.ToArray()))
            .OrderBy(group => keys.All(IsOfHead) ? 0 : group.Members.Min(member => member.Index % specification.GridPoints)) // axes as the sweep has them
            .ThenBy(group => keys.Where(IsOfHead).Select(key => Place(group.By[key])).ToArray(), Comparer<double[]>.Create((one, other) => one.AsSpan().SequenceCompareTo(other)))
            .ToArray();
        if (keys.Contains("head") && members.Any(group => group.Members.DistinctBy(member => specification.RunAt(member.Index).Seed).Skip(1).Any()))
        {
            throw new HeadQueryException("'head' means nothing between seeds: heads of a layer are exchangeable, so that head 1.0 of one seed has nothing to do with head 1.0 of another. "
                + "Compare heads by what they do: --group-by model.layers,layer,role, or by 'rank(prefix_matching)' within the run; or add seed to see each run's own heads.");
        }
        var groups = members.Select(group =>
        {
            var runs = group.Members.GroupBy(member => member.Index, member => member.Head).OrderBy(run => run.Key).ToArray();
            if (!byHead)
            {
                return SweepGroups.Summarize(specification, group.By, [.. runs.Select(run => run.Key)], i => (StateOf(i), FinalsOf(i)));
            }
            var completed = runs.Where(run => StateOf(run.Key) == RunState.Completed).ToArray();
            return new SweepGroup
            {
                By = group.By,
                Runs = runs.Length,
                Completed = completed.Length,
                Failed = runs.Count(run => StateOf(run.Key) == RunState.Failed),
                Excluded = completed.Count(run => !snapshots.ContainsKey(run.Key)),
                Metrics = Means([.. completed.Where(run => snapshots.ContainsKey(run.Key)).Select(run => (snapshots[run.Key].Vector, run.ToArray()))]),
            };
        }).ToArray();
        return new SweepResult(SweepResults.Head(sweep, outcomes.Values), groups, _results.Elapsed(sweep), null, null)
        {
            Pooled = Pooled(specification, members.Select(group => group.Members.Select(member => specification.GridPointOf(member.Index)))),
        };

        async Task<RunMap<Snapshot>> AtStep()
        {
            var read = RunMap<Snapshot>.Empty.Change();
            await foreach (var snapshot in Snapshots(sweep, specification, at, withFinals: !byHead, 0, cancellation))
            {
                read.Set(snapshot.Index, snapshot);
            }
            return read.Build();
        }

        IEnumerable<Member> MembersOf(int index, RunConfiguration run)
        {
            var heads = HeadsOf(index, run).ToArray();
            return heads.Zip(spelled.Of(index, run, heads, snapshots.GetValueOrDefault(index)?.Vector), (head, group) => new Member(index, head, group));
        }

        IReadOnlyDictionary<string, JsonElement> KeyOf(Member member) => RunKeys.Read(
            specification.RunAt(member.Index), member.Head, keys, snapshots.TryGetValue(member.Index, out var snapshot) ? new HeadKeys(snapshot.Vector, specification.HeadThreshold) : null);

        RunState StateOf(int index) => outcomes.TryGetValue(index, out var run) ? run.State : RunState.Pending;

        // At the end a run came to what its row says.
        RunFinals? FinalsOf(int index) => !snapshots.TryGetValue(index, out var snapshot) ? null : at == "final" ? outcomes.GetValueOrDefault(index)?.Finals : snapshot.Finals;

        IEnumerable<int> HeadsOf(int index, RunConfiguration run)
        {
            if (!byHead)
            {
                return filter.Passes(run) ? [-1] : [];
            }
            var heads = Enumerable.Range(0, run.Model.HeadCount);
            return where is null ? heads
                : snapshots.TryGetValue(index, out var s) ? heads.Where(head => filter.Passes(specification.RunIdAt(index), run, s.Step, s.Vector, head))
                : [];
        }
    }

    /// <summary>The specification of a sweep whose models have attention heads. Kinds are no axes: its first run speaks for all.</summary>
    private Sweep WithHeads(SweepRow sweep)
    {
        var specification = _directory.Specification(sweep);
        return specification.RunAt(0).Model.HeadsPerLayer > 0
            ? specification
            : throw new HeadQueryException($"the models of sweep {sweep.Name} have no attention heads: 'sweep show {sweep.Id}' has what was measured of them.");
    }

    /// <summary>Axes of the grid in which runs of one group differ. Seeds are no axis: groups are there to pool them.</summary>
    private static string[]? Pooled(Sweep specification, IEnumerable<IEnumerable<int>> groups)
    {
        var points = groups.Select(group => group.Distinct().Select(point => specification.PointOf(point)).ToArray()).Where(group => group.Length > 1).ToArray();
        string[] axes = [.. specification.Axes.Select(axis => axis.Path).Where(path => points.Any(group => group.DistinctBy(point => point[path].GetRawText()).Skip(1).Any()))];
        return axes.Length > 0 ? axes : null;
    }

    private sealed record Snapshot(int Index, RunConfiguration Run, int Step, MetricVector Vector, RunFinals? Finals);

    /// <summary>The snapshots that <paramref name="at"/> names, of completed runs, in run order.</summary>
    private async IAsyncEnumerable<Snapshot> Snapshots(
        SweepRow sweep, Sweep specification, string at, bool withFinals, long after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var step = at is "final" or "all" or "transition" ? (int?)null
            : int.TryParse(at, CultureInfo.InvariantCulture, out var given) && given >= 0 ? given
            : throw new HeadQueryException($"'{at}' names no snapshot: --at takes final, all, transition or a step.");
        if (step is { } asked && !Enumerable.Range(0, specification.GridPoints).Any(point => specification.PlanFor(specification.RunAt(point)).SnapshotSteps.Contains(asked)))
        {
            throw new HeadQueryException($"no run has a snapshot at step {asked}: there are {string.Join(", ", specification.PlanFor(specification.RunAt(0)).SnapshotSteps)}.");
        }
        // Where one step of a run is enough, the others are not read.
        int[]? steps = at is "all" or "transition" || withFinals ? null
            : step is { } one ? [one]
            : [.. Enumerable.Range(0, specification.GridPoints).Select(point => specification.PlanFor(specification.RunAt(point)).SnapshotSteps[^1]).Distinct()];
        await foreach (var (index, rows) in _facts.ByRun(sweep.Id, after, steps, cancellation: cancellation))
        {
            var run = specification.RunAt(index);
            var plan = specification.PlanFor(run);
            var vectors = Vectors.BySteps(run, plan, rows);
            // A run that never crossed has no snapshot of its transition.
            int? transition = at == "transition" && Finals(plan.SnapshotSteps[^1]) is { TransitionStep: not null, TransitionBy: var by } ? by : null;
            foreach (var (at_, vector) in vectors)
            {
                if (at == "all" || at_ == (at == "final" ? plan.SnapshotSteps[^1] : transition ?? step))
                {
                    yield return new Snapshot(index, run, at_, vector, withFinals ? Finals(at_) : null);
                }
            }

            // What a run came to up to a step; null if it was measured in part (by another version, say): half a trajectory has other transitions.
            RunFinals? Finals(int upto)
            {
                var part = plan with { SnapshotSteps = [.. plan.SnapshotSteps.Where(s => s <= upto)] };
                return part.SnapshotSteps.All(vectors.ContainsKey) ? RunFinalsReader.Read(run, part, rows) : null;
            }
        }
    }

    /// <summary>Whether a key tells heads of one run apart.</summary>
    private static bool IsOfHead(string key) => key is "layer" or "head" or "role" || GroupKeys.Rank(key) is not null;

    /// <summary>Where a value of such a key stands: numbers by size, roles in their order, what is undefined last.</summary>
    private static double Place(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.GetDouble(),
        JsonValueKind.String => HeadRoles.All.IndexOf(value.GetString()!),
        _ => double.PositiveInfinity,
    };

    /// <summary>Means over head rows with runs as clusters (math.md 8.3). The error from the choice of sequences joins the interval of its metric.</summary>
    private static Dictionary<string, JsonElement> Means(IReadOnlyList<(MetricVector Vector, int[] Heads)> runs)
    {
        if (runs.Count == 0)
        {
            return [];
        }
        var columns = runs.Select(run => run.Vector.Layout.Find("heads")!.Columns).MaxBy(c => c.Count)!; // some may be measured in more ways
        return columns.Select(column => MetricTable.Find("heads", column)).OfType<Metric>().Where(metric => !metric.IsName).ToDictionary(metric => metric.Name, metric => JsonSerializer.SerializeToElement(
            Statistics.Estimates.Means.Pooled(
                Values(runs, metric.Name), metric.Sampled ? Values(runs, Metric.ErrorOf(metric.Name)).SelectMany(run => run) : null, metric.Range),
            Json.Options));
    }

    /// <summary>The defined values of a column, run by run.</summary>
    private static IEnumerable<double[]> Values(IReadOnlyList<(MetricVector Vector, int[] Heads)> runs, string column)
    {
        (MetricSection? Section, int Place) last = (null, -1);
        foreach (var (vector, heads) in runs)
        {
            var section = vector.Layout.Find("heads")!;
            if (last.Section != section) // runs of one shape have one layout
            {
                last = (section, section.Place(column));
            }
            var values = new List<double>(heads.Length);
            foreach (var head in last.Place < 0 ? [] : heads)
            {
                if (vector.Values[section.At(head, last.Place)] is var value && float.IsFinite(value))
                {
                    values.Add(value);
                }
            }
            yield return [.. values];
        }
    }

    /// <summary>A head in its group.</summary>
    private readonly record struct Member(int Index, int Head, string Group);
}

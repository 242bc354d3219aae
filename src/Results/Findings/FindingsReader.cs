using System.Text.Json;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Results.Sweeps;
using Orchestrator.Results.Views;
using Orchestrator.Specification;
using Orchestrator.Statistics.Transitions;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Results.Findings;

/// <summary>What a sweep shows. What is needed of each run is kept between questions.</summary>
public sealed class FindingsReader
{
    private readonly RunOutcomes _runs;
    private readonly SweepDirectory _directory;
    private readonly SweepResults _results;
    private readonly RunDigests _digests;

    /// <summary>Over what is kept of runs.</summary>
    public FindingsReader(RunOutcomes runs, RunDigests digests, SweepDirectory directory, SweepResults results) =>
        (_runs, _digests, _directory, _results) = (runs, digests, directory, results);

    /// <summary>Groups, runs, circuits and comparisons; the sentences are made by whoever knows how to say it.</summary>
    public async Task<SweepFindings> Of(SweepRow sweep, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        var specification = _directory.Specification(sweep);
        var result = await _results.Of(sweep, cancellation);
        var outcomes = await _runs.Of(sweep, specification, cancellation);
        var groups = Enumerable.Range(0, specification.GridPoints).Select(_ => new Members()).ToArray();
        foreach (var (index, digest) in await _digests.Of(sweep, specification, cancellation))
        {
            if (outcomes.GetValueOrDefault(index) is { State: RunState.Completed, Finals: { } finals })
            {
                groups[index % specification.GridPoints].Add(specification.RunIdAt(index), specification.RunAt(index).Seed, digest, finals);
            }
        }
        var each = Math.Max(1, GroupFindings.MostRuns / groups.Length);
        var points = Enumerable.Range(0, groups.Length).Select(specification.PointAt).ToArray();
        return new SweepFindings(
            result, [],
            [.. groups.Select((group, point) => new GroupFindings(points[point], [.. group.Runs.Take(each)], ThresholdCurve.Of(group.Counts), CircuitSummaries.Summarize(group.Circuits))
            {
                Composition = RoleCompositions.Summarize(group.Roles),
            })],
            GroupComparisons.Of(points, [.. groups.Select(group => group.Compared)]),
            Conditions(sweep, specification, [.. outcomes.Values]));
    }

    /// <summary>Two groups of a sweep against each other, by their numbers, whatever axes they differ in; null where there is no such pair.</summary>
    public async Task<IReadOnlyList<GroupComparison>?> Compare(SweepRow sweep, int first, int second, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        var specification = _directory.Specification(sweep);
        if (first == second || Math.Min(first, second) < 0 || Math.Max(first, second) >= specification.GridPoints)
        {
            return null;
        }
        var outcomes = await _runs.Of(sweep, specification, cancellation);
        return GroupComparisons.Between(Group(first), Group(second), string.Join(", ", GroupComparisons.Differing(specification.PointAt(first), specification.PointAt(second))));

        (int, IReadOnlyList<GroupComparisons.Run>) Group(int point) => (point,
        [
            .. outcomes.Where(run => run.Key % specification.GridPoints == point && run.Value is { State: RunState.Completed, Finals: not null })
                .Select(run => Members.Compare(specification.RunAt(run.Key).Seed, run.Value.Finals!)),
        ]);
    }

    private static SweepConditions Conditions(SweepRow sweep, Sweep specification, IReadOnlyList<RunOutcome> runs)
    {
        var document = specification.Document;
        return new SweepConditions(
            Versions.Product, Versions.Trainer, Versions.Metrics, sweep.Created, sweep.Ended, runs.Sum(run => run.DeviceSeconds),
            document["seeds"]?.ToJsonString().Trim('"') ?? "0", specification.HeadThreshold, specification.PlanFor(specification.RunAt(0)).SnapshotSteps, [.. specification.Measures.Select(Measures.Name)],
            Distinct(runs.Select(run => run.Worker)), Distinct(runs.Select(run => run.CpuKernels)), JsonSerializer.SerializeToElement(document, Json.Options))
        { RunsRead = RunViews.Measured(specification) };
    }

    private static string[] Distinct(IEnumerable<string?> values) => [.. values.OfType<string>().Distinct().Order(StringComparer.Ordinal)];

    /// <summary>The completed runs of one group, in the order of their index.</summary>
    private sealed class Members
    {
        public List<RunFindings> Runs { get; } = [];

        public List<int[]> Counts { get; } = [];

        public List<(RunCircuit Circuit, double? RankCorrelation)> Circuits { get; } = [];

        public List<RunRoles> Roles { get; } = [];

        public List<GroupComparisons.Run> Compared { get; } = [];

        public static GroupComparisons.Run Compare(ulong seed, RunFinals final) =>
            new(seed, final.Metrics, final.TransitionBy is { } by ? new Transition(final.TransitionStep, final.TransitionAfter, by) : null);

        public void Add(string id, ulong seed, RunDigest digest, RunFinals final)
        {
            Runs.Add(new RunFindings(id, seed, final.Metrics, final.TransitionStep, digest.Heads, digest.Circuit));
            Compared.Add(Compare(seed, final));
            if (digest.Circuit is { } circuit)
            {
                Circuits.Add((circuit, digest.RankCorrelation));
            }
            if (digest.Roles is { } roles)
            {
                Roles.Add(roles);
            }
            if (digest.InductionHeads is { } counts)
            {
                Counts.Add(counts);
            }
        }
    }
}

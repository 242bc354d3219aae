using System.Text.Json;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Results.Heads;
using Orchestrator.Results.Sweeps;
using Orchestrator.Specification;
using Orchestrator.Statistics.Transitions;
using Orchestrator.Storage.Catalogue;
using Orchestrator.Storage.Facts;

namespace Orchestrator.Results.Findings;

/// <summary>What a sweep shows, from one pass over its facts.</summary>
public sealed class FindingsReader(IFactStore facts, ICatalogue catalogue, SweepDirectory directory, SweepResults results)
{
    /// <summary>Groups, runs, circuits and comparisons; the sentences are made by whoever knows how to say it.</summary>
    public async Task<SweepFindings> Of(SweepRow sweep, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        var specification = directory.Specification(sweep);
        var result = await results.Of(sweep, cancellation);
        var rows = await catalogue.Runs(sweep.Id, cancellation);
        var finals = rows.Where(row => row is { State: RunState.Completed, Finals: not null }).ToDictionary(row => row.Index, row => row.Finals!);
        var groups = Enumerable.Range(0, specification.GridPoints).Select(_ => new Members()).ToArray();
        await foreach (var (index, stored) in facts.ByRun(sweep.Id, cancellation))
        {
            if (finals.TryGetValue(index, out var final))
            {
                groups[index % specification.GridPoints].Add(specification.RunIdAt(index), specification.RunAt(index), specification, stored, final);
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
            Conditions(sweep, specification, rows));
    }

    private static SweepConditions Conditions(SweepRow sweep, Sweep specification, IReadOnlyList<RunRow> rows)
    {
        var document = specification.Document;
        return new SweepConditions(
            Versions.Product, Versions.Trainer, Versions.Metrics, sweep.Created, sweep.Ended, rows.Sum(row => row.DeviceSeconds),
            document["seeds"]?.ToJsonString().Trim('"') ?? "0", specification.HeadThreshold, specification.PlanFor(specification.RunAt(0)).SnapshotSteps, [.. specification.Measures.Select(Measures.Name)],
            Distinct(rows.Select(row => row.Worker)), Distinct(rows.Select(row => row.CpuKernels)), JsonSerializer.SerializeToElement(document, Json.Options));
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

        public void Add(string id, RunConfiguration run, Sweep specification, IReadOnlyList<FactRow> stored, RunFinals final)
        {
            var vectors = Vectors.BySteps(run, specification.PlanFor(run), stored);
            var last = vectors.Count == 0 ? null : vectors.Values.Last();
            var circuit = last is not null && run.Model is ModelConfiguration model ? RunCircuits.At(model, vectors, vectors.Keys.Last(), specification.HeadThreshold) : null;
            Runs.Add(new RunFindings(id, run.Seed, final.Metrics, final.TransitionStep, last is null ? [] : [.. Heads(last, run.Model, specification.HeadThreshold)], circuit));
            Compared.Add(new GroupComparisons.Run(run.Seed, final.Metrics, final.TransitionBy is { } by ? new Transition(final.TransitionStep, final.TransitionAfter, by) : null));
            if (circuit is not null)
            {
                Circuits.Add((circuit, CircuitSummaries.RankCorrelation(last!)));
            }
            if (last is not null && RoleCompositions.Of(last, specification.HeadThreshold) is { } roles)
            {
                Roles.Add(roles);
            }
            if (last is not null && ThresholdCurve.Counts(last) is { } counts)
            {
                Counts.Add(counts);
            }
        }

        private static IEnumerable<HeadMark> Heads(MetricVector vector, Architecture model, double threshold)
        {
            if (vector.Layout.Find("heads")?.Columns.Contains("prefix_matching") != true)
            {
                yield break;
            }
            var keys = new HeadKeys(vector, threshold);
            for (var head = 0; head < model.HeadCount; head++)
            {
                yield return new HeadMark(
                    head / model.HeadsPerLayer, head % model.HeadsPerLayer, keys.Rank(head, "prefix_matching", inLayer: true), keys.Role(head),
                    vector.Get("heads", head, "prefix_matching"), vector.Get("heads", head, "previous_token"), vector.Get("heads", head, "ov_copying"), vector.Get("heads", head, "qk_eigen_previous"));
            }
        }
    }
}

using Orchestrator.Contracts;
using Orchestrator.Contracts.Tables;
using Orchestrator.Results.Heads;
using Orchestrator.Results.Sweeps;
using Orchestrator.Results.Views;
using Orchestrator.Specification;
using Orchestrator.Storage.Catalogue;
using Orchestrator.Storage.Facts;

namespace Orchestrator.Results.Tables;

/// <summary>Takes rows of one table, in the order of its columns.</summary>
internal delegate void RowSink(ReadOnlySpan<object?> row);

/// <summary>The rows of the result tables, from the catalogue and the facts.</summary>
public sealed class TableRows(ICatalogue catalogue, IFactStore facts, RunRows runs, SweepDirectory directory)
{
    /// <summary>The column by which rows of a run are found and told from older ones; nobody sees it.</summary>
    internal const string RunIndex = "run_index";

    /// <summary>The tables of snapshots as they are stored.</summary>
    internal static IReadOnlyList<ResultTable> Stored { get; } =
        [.. ResultTables.All.Where(table => table != ResultTables.Runs).Select(table => table with { Columns = [new(RunIndex, ColumnKind.Integer, "", "the run's number in its sweep"), .. table.Columns] })];

    /// <summary>The sweeps that can be read, oldest first, with their specifications.</summary>
    internal async Task<IReadOnlyList<(SweepRow Row, Sweep Specification)>> Sweeps(CancellationToken cancellation) =>
        [.. (await catalogue.Sweeps(cancellation)).Reverse().Select(row => (row, directory.SpecificationIfReadable(row))).Where(sweep => sweep.Item2 is not null).Select(sweep => (sweep.row, sweep.Item2!))];

    /// <summary>The table <c>runs</c> with a column for every value of the configurations of these sweeps.</summary>
    internal static (ResultTable Table, IReadOnlyList<string> Paths) RunsOf(IReadOnlyList<(SweepRow Row, Sweep Specification)> sweeps)
    {
        var kinds = new Dictionary<string, ColumnKind>();
        foreach (var (_, specification) in sweeps)
        {
            foreach (var (path, value) in Enumerable.Range(0, specification.GridPoints).SelectMany(point => RunKeys.Flat(specification.RunAt(point))).Where(value => !value.Key.Contains('.')))
            {
                ColumnKind? kind = value switch { Int128 => ColumnKind.Integer, double => ColumnKind.Real, bool => ColumnKind.Boolean, string => ColumnKind.Text, _ => null };
                if (kind is { } known)
                {
                    kinds[path] = !kinds.TryGetValue(path, out var other) || other == known ? known
                        : (other, known) is (ColumnKind.Integer or ColumnKind.Real, ColumnKind.Integer or ColumnKind.Real) ? ColumnKind.Real
                        : ColumnKind.Text;
                }
            }
        }
        string[] paths = [.. kinds.Keys.Where(path => ResultTables.Runs.Columns.All(column => column.Name != path)).Order(StringComparer.Ordinal)];
        return (ResultTables.Runs with { Columns = [.. ResultTables.Runs.Columns, .. paths.Select(path => new ResultColumn(path, kinds[path], "", "from the configuration"))] }, paths);
    }

    /// <summary>Every run of a sweep, those that were never handed out included.</summary>
    internal async Task Runs(SweepRow sweep, Sweep specification, IReadOnlyList<string> paths, RowSink sink, CancellationToken cancellation)
    {
        var rows = await runs.Of(sweep, specification, cancellation);
        var configured = Enumerable.Range(0, specification.GridPoints).Select(point => RunKeys.Flat(specification.RunAt(point))).Select(flat => paths.Select(path => flat.GetValueOrDefault(path)).ToArray()).ToArray();
        for (var index = 0; index < sweep.TotalRuns; index++)
        {
            var row = rows.GetValueOrDefault(index);
            var finals = row?.Finals;
            sink(
            [
                sweep.Id, sweep.Name, row?.RunId ?? specification.RunIdAt(index), index, Json.Name(row?.State ?? SweepDirectory.UnstartedState(sweep)), row?.Reason,
                specification.RunAt(index).Seed, row?.Attempt ?? 0, row?.Worker, row?.CpuKernels, row?.Pack?.Device, row?.Pack?.Models, row?.Started, row?.Ended, row?.DeviceSeconds,
                row is null or { Step: < 0 } ? null : row.Step, row?.WeightsHash, .. ResultTables.Finals.Select(column => (object?)finals?[column.Name]),
                finals?.InductionHeads, finals?.TransitionStep, finals?.TransitionAfter, finals?.TransitionBy, finals?.TransitionBy is null ? null : finals.TransitionStep is null, finals?.IclTransitionStep,
                .. configured[index % specification.GridPoints],
            ]);
        }
    }

    /// <summary>The rows of <see cref="Stored"/> tables, of the completed runs that were written after a change and not after another, if it is given; which runs these are.</summary>
    internal async Task<IReadOnlyList<int>> Snapshots(
        SweepRow sweep, Sweep specification, long after, long? upto, IReadOnlyDictionary<string, RowSink> sinks, CancellationToken cancellation)
    {
        var runsRead = new List<int>();
        await foreach (var (index, stored) in facts.ByRun(sweep.Id, after, upto: upto, cancellation: cancellation))
        {
            runsRead.Add(index);
            var run = specification.RunAt(index);
            var plan = specification.PlanFor(run);
            var (runId, vectors) = (specification.RunIdAt(index), Vectors.BySteps(run, plan, stored));
            foreach (var (name, sink) in sinks)
            {
                foreach (var (step, values) in SnapshotRows.Of(name, run, vectors, plan.HeadThreshold))
                {
                    sink([index, sweep.Id, runId, step, .. values]);
                }
            }
        }
        return runsRead;
    }
}

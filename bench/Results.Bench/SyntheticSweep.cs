using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Specification;
using Orchestrator.Storage.Catalogue;
using Orchestrator.Storage.States;

namespace Orchestrator.Results.Bench;

/// <summary>A sweep whose runs have ended and whose numbers are random, written as the control plane writes them.</summary>
internal sealed class SyntheticSweep(IServiceProvider services, Sweep specification)
{
    private const int Writers = 16;

    public Sweep Specification => specification;

    public static Sweep Read(string name, int seeds, int snapshots, string measures = "heads, in-context-learning", string axes = "model.layers: [1, 2]") => SweepFile.Parse(
        $$"""
        name: {{name}}
        model: { layers: 2, heads: 4, d_model: 32, n_ctx: 32 }
        data: { kind: repeated-segments, vocab: 32, segment: [4, 8] }
        train: { steps: {{(snapshots - 1) * 10}}, batch: 32 }
        snapshots: { every: 10 }
        measure: [{{measures}}]
        seeds: 0..{{seeds - 1}}
        grid: { {{axes}} }
        """,
        "bench.yaml") is { Succeeded: true } reading ? reading.Value.Sweep : throw new InvalidOperationException("the bench's own sweep is not valid");

    /// <summary>The sweep's row.</summary>
    public Task Submit(bool ended = false) => Write(rows => rows.Sweeps.Add(new SweepRow(
        specification.Id, specification.Name, ended ? SweepState.Completed : SweepState.Running, null, 0, (int)specification.Count, TimeProvider.System.GetUtcNow(),
        ended ? TimeProvider.System.GetUtcNow() : null, specification.Document.ToJsonString())));

    /// <summary>Runs end, each in one write; how many rows of heads they leave.</summary>
    public async Task<long> End(int from, int to)
    {
        long heads = 0;
        await Parallel.ForEachAsync(Enumerable.Range(from, to - from), new ParallelOptions { MaxDegreeOfParallelism = Writers }, async (index, _) =>
        {
            var run = specification.RunAt(index);
            var plan = specification.PlanFor(run);
            var random = new Random(index);
            var layout = MetricLayout.For(run.Model, plan.Measures);
            var facts = plan.SnapshotSteps.Select(step => Fact(layout, plan.Measures, specification.RunIdAt(index), step, random)).ToArray();
            await Write(rows =>
            {
                rows.Runs.Add(new RunRow
                {
                    SweepId = specification.Id,
                    Index = index,
                    RunId = specification.RunIdAt(index),
                    State = RunState.Completed,
                    Attempt = 1,
                    Step = run.Train.Steps,
                    Worker = "bench#0",
                    Started = DateTimeOffset.UnixEpoch,
                    Ended = DateTimeOffset.UnixEpoch,
                    Finals = new RunFinals
                    {
                        Metrics = new Dictionary<string, double> { ["final_loss"] = random.NextDouble(), ["icl_score"] = -random.NextDouble(), ["prefix_matching_max"] = random.NextDouble() },
                        InductionHeads = random.Next(2),
                        TransitionAfter = 0,
                        TransitionBy = 10,
                        TransitionStep = random.Next(3) == 0 ? null : random.Next(10),
                    },
                });
                rows.Facts.AddRange(facts);
            });
            Interlocked.Add(ref heads, (long)run.Model.HeadCount * facts.Length);
        });
        return heads;
    }

    private static FactRow Fact(MetricLayout layout, IReadOnlyList<Measure> measures, string id, int step, Random random)
    {
        var vector = MetricVector.Undefined(layout);
        for (var i = 0; i < vector.Values.Length; i++)
        {
            vector.Values[i] = random.NextSingle();
        }
        return new FactRow(id, step, Versions.Metrics, measures, 1, "w", vector.ToBytes());
    }

    private Task Write(Action<RowSet> rows) => services.GetRequiredService<GroupCommitGrainStorage>().WriteStateAsync(
        "state", GrainId.Create("bench", Guid.NewGuid().ToString("N")), new GrainState<Listing>(new Listing(rows)));

    private sealed class Listing(Action<RowSet> rows) : IListed
    {
        public Listing() : this(_ => { })
        {
        }

        public void Collect(RowSet set) => rows(set);
    }
}

using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Measures;

namespace Orchestrator.Circuits.Bench;

/// <summary>Measuring one snapshot next to training, at the size of the quickstart sweep.</summary>
internal static class SnapshotBench
{
    public static void Run()
    {
        foreach (var (layers, sequences, members) in new[] { (1, 64, 1), (2, 64, 1), (2, 64, 16), (2, 256, 1), (2, 2_048, 1) })
        {
            var shape = new ModelConfiguration { Layers = layers, Heads = 2, DModel = 64, DHead = 32, NCtx = 32, PositionScale = 2.0 };
            var pack = SyntheticWeights.Of(shape, 32, members);
            var random = new Random(1);
            long[][] heldOut = [.. Enumerable.Range(0, sequences).Select(_ => Enumerable.Range(0, 32).Select(i => i == 0 ? 0L : random.Next(1, 32)).ToArray())];
            var evaluation = new EvaluationSet(heldOut, PrefixMatchingBatch.Create(32, 32, bos: true, seed: 0));
            Measure[] byDefault = [.. Measures.ByDefault(shape)];
            foreach (var measures in new Measure[][] { [], [Measure.Heads], [Measure.Composition], [Measure.Terms], [Measure.Ablations], byDefault })
            {
                using var measurement = new SnapshotMeasurement(shape, 32, evaluation, measures);
                var name = measures.Length switch { 0 => "losses alone", > 1 => "all by default", _ => measures[0].ToString() };
                Stopwatches.Report($"snapshot, {members} models of {layers} layers x 2 heads, d 64, V 32, {sequences} x 32 tokens: {name}", members == 1 && sequences < 2_048 ? 50 : 10, () => measurement.Measure(pack));
            }
        }
    }
}

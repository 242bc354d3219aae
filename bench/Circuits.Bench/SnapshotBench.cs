using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Measures;

namespace Orchestrator.Circuits.Bench;

/// <summary>Measuring one snapshot next to training, at the size of the quickstart sweep.</summary>
internal static class SnapshotBench
{
    public static void Run()
    {
        foreach (var layers in new[] { 1, 2 })
        {
            var shape = new ModelConfiguration { Layers = layers, Heads = 2, DModel = 64, DHead = 32, NCtx = 32, PositionScale = 2.0 };
            var weights = SyntheticWeights.Of(shape, 32);
            var random = new Random(1);
            long[][] heldOut = [.. Enumerable.Range(0, 64).Select(_ => Enumerable.Range(0, 32).Select(i => i == 0 ? 0L : random.Next(1, 32)).ToArray())];
            var evaluation = new EvaluationSet(heldOut, PrefixMatchingBatch.Create(32, 32, bos: true, seed: 0));
            foreach (var measures in new Measure[][] { [], [Measure.Heads], [Measure.Composition], [Measure.Terms], [Measure.Ablations], Enum.GetValues<Measure>() })
            {
                using var measurement = new SnapshotMeasurement(shape, 32, evaluation, measures);
                var name = measures.Length switch { 0 => "losses alone", > 1 => "all measures", _ => measures[0].ToString() };
                Stopwatches.Report($"snapshot, {layers} layers x 2 heads, d 64, V 32, 64 x 32 tokens: {name}", 50, () => measurement.Measure(weights));
            }
        }
    }
}

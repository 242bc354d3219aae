namespace Orchestrator.EndToEnd.Tests;

/// <summary>Sweeps small enough for a test and long enough to be interrupted.</summary>
internal static class SweepFiles
{
    public static string Yaml(string name, int steps, int every, string seeds = "0..1", string grid = "model.layers: [1, 2]", string measure = "heads, composition, in-context-learning") => $$"""
        name: {{name}}
        model: { layers: 2, heads: 2, d_model: 64, n_ctx: 32, position_scale: 2.0 }
        data:
          kind: mixture
          vocab: 32
          parts:
            - { kind: repeated-segments, weight: 0.6, segment: [8, 16] }
            - { kind: language, weight: 0.4 }
        train: { steps: {{steps}}, batch: 32, lr: 1.0e-2, warmup: 20, init: { embed: 0.5 } }
        snapshots: { every: {{every}} }
        measure: [{{measure}}]
        seeds: {{seeds}}
        grid: { {{grid}} }
        """;
}

using System.Text.Json.Nodes;

namespace Orchestrator.Specification.Tests;

/// <summary>Documents that the tests start from.</summary>
internal static class Sweeps
{
    /// <summary>The example of the language's description, without its comments.</summary>
    public const string Example = """
        name: induction-by-depth
        model:
          layers: 2
          heads: 2
          d_model: 64
          n_ctx: 32
          positions: shortformer
          position_scale: 2.0
          layer_norm: false
          smeared_keys: false
        data:
          kind: mixture
          vocab: 32
          parts:
            - { kind: repeated-segments, weight: 0.6, segment: [8, 16] }
            - { kind: language, weight: 0.4 }
        train: { steps: 300, batch: 32, optimizer: adamw, lr: 1.0e-2, betas: [0.9, 0.99], eps: 1.0e-8, weight_decay: 0, warmup: 20, decay: none, init: { embed: 0.5, scale: 1.0 } }
        snapshots: { every: 20 }
        measure: [heads, composition, terms, ablations, in-context-learning]
        seeds: 0..4
        grid: { model.layers: [1, 2] }
        budget: { runs: 1000, device_hours: 4 }
        priority: 0
        """;

    /// <summary>As little as a sweep can say.</summary>
    public const string Least = """
        name: least
        model: { layers: 2, heads: 2, d_model: 64, n_ctx: 32 }
        data: { kind: language, vocab: 32 }
        train: { steps: 300, batch: 32 }
        """;

    /// <summary>Reads a sweep that is expected to be valid.</summary>
    public static Sweep Valid(string yaml)
    {
        var reading = SweepFile.Parse(yaml, "test.yaml");
        Assert.True(reading.Succeeded, reading.Message);
        return reading.Value.Sweep;
    }

    /// <summary>Reads a resolved document that is expected to be valid.</summary>
    public static Sweep Valid(JsonObject document)
    {
        var reading = Sweep.Parse(document);
        Assert.True(reading.Succeeded, reading.Message);
        return reading.Value;
    }

    /// <summary>The errors of a sweep that is expected to have some, each as its line for a person.</summary>
    public static IReadOnlyList<string> Errors(string yaml)
    {
        var reading = SweepFile.Parse(yaml, "test.yaml");
        Assert.False(reading.Succeeded, "the sweep was accepted");
        return [.. reading.Errors.Select(error => error.ToString())];
    }

    public static string ErrorOf(string yaml) => Assert.Single(Errors(yaml));
}

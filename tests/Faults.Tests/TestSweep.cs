using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Api;
using Orchestrator.Specification;

namespace Orchestrator.Faults.Tests;

/// <summary>A sweep of small models, and what it comes to where nothing goes wrong.</summary>
internal sealed class TestSweep
{
    private static readonly Dictionary<string, Lazy<Task<TestSweep>>> Trained = [];

    private TestSweep(JsonObject document, SweepResult result, IReadOnlyDictionary<string, string?> weights) => (Document, Result, Weights) = (document, result, weights);

    /// <summary>The resolved document.</summary>
    public JsonObject Document { get; }

    /// <summary>The answer of one process in which nothing went wrong.</summary>
    public SweepResult Result { get; }

    /// <summary>Hash of the last weights, by run.</summary>
    public IReadOnlyDictionary<string, string?> Weights { get; }

    /// <summary>Trains the sweep in one process, once for all tests that ask for the same.</summary>
    /// <param name="steps">Optimizer steps: about one to two thousand a second.</param>
    /// <param name="runs">Seeds, each at one and at two layers.</param>
    /// <param name="from">The first seed.</param>
    public static Task<TestSweep> Undisturbed(int steps, int runs, int from = 0)
    {
        lock (Trained)
        {
            var yaml = Yaml(steps, runs, from);
            if (!Trained.TryGetValue(yaml, out var sweep))
            {
                Trained[yaml] = sweep = new(() => Train(yaml));
            }
            return sweep.Value;
        }
    }

    /// <summary>The document of the sweep that <see cref="Undisturbed"/> trains.</summary>
    public static JsonObject Untrained(int steps, int runs, int from) => Read(Yaml(steps, runs, from));

    /// <summary>The document of a sweep that is not compared with anything.</summary>
    public static JsonObject Read(string yaml) => SweepFile.Parse(yaml, "sweep.yaml") is { Value: { } sweep } ? sweep.Json : throw new InvalidOperationException("the test's sweep is wrong");

    private static string Yaml(int steps, int runs, int from) => $$"""
        name: faults-{{steps}}-{{runs}}-{{from}}
        model: { layers: 1, heads: 2, d_model: 16, n_ctx: 16, position_scale: 2.0 }
        data: { kind: repeated-segments, vocab: 16, segment: [4, 8] }
        train: { steps: {{steps}}, batch: 8, lr: 1.0e-2, warmup: 20, init: { embed: 0.5 } }
        snapshots: { every: {{steps / 10}} }
        measure: [heads, composition, in-context-learning]
        seeds: {{from}}..{{from + runs - 1}}
        grid: { model.layers: [1, 2] }
        """;

    private static async Task<TestSweep> Train(string yaml)
    {
        using var folder = new TestFolder();
        var file = folder.Write("sweep.yaml", yaml);
        var result = await CommandLine.Json(folder, 0, "sweep", "submit", file, "--embedded", "--data", folder.Data);
        var runs = await CommandLine.Json(folder, 0, "run", "list", "last", "--data", folder.Data);
        return new TestSweep(
            Read(yaml), result.Deserialize<SweepResult>(Json.Options)!,
            runs.AsArray().ToDictionary(run => (string)run!["id"]!, run => (string?)run!["weights_hash"]));
    }
}

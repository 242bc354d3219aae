using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Orchestrator.EndToEnd.Tests;

/// <summary>A run's snapshot, exported and analyzed again, gives the numbers that the sweep stored.</summary>
public sealed class ExportTests
{
    /// <summary>Columns of <c>heads</c> beside where the analysis has them.</summary>
    private static readonly (string Column, Func<Analysis, int, JsonNode?> Value)[] OfHeads =
    [
        ("prefix_matching", (a, head) => a.Prefix["heads"]![head]!["prefix_matching"]),
        ("previous_token", (a, head) => a.HeldOut["heads"]![head]!["previous_token"]),
        ("duplicate_token", (a, head) => a.HeldOut["heads"]![head]!["duplicate_token"]),
        ("bos_attention", (a, head) => a.HeldOut["heads"]![head]!["bos_attention"]),
        ("entropy", (a, head) => a.HeldOut["heads"]![head]!["entropy"]),
        ("ov_copying", (a, head) => a.Document["heads"]![head]!["ov_copying"]),
        ("ov_copying_centered", (a, head) => a.Document["heads"]![head]!["ov_copying_centered"]),
        ("ov_copying_z", (a, head) => a.Document["heads"]![head]!["ov_copying_z"]),
        ("ov_trace", (a, head) => a.Document["heads"]![head]!["ov_trace"]),
        ("qk_matching", (a, head) => a.Document["heads"]![head]!["qk_matching"]),
        ("ov_norm", (a, head) => a.Document["heads"]![head]!["ov_norm"]),
        ("qk_norm", (a, head) => a.Document["heads"]![head]!["qk_norm"]),
        ("copying", (a, head) => a.Document["heads"]![head]!["copying"]),
        ("ablation_loss_delta", (a, head) => a.Delta(head, "ablation_loss")),
        ("ablation_loss_frozen_delta", (a, head) => a.Delta(head, "ablation_loss_frozen")),
        ("q_excess_max", (a, head) => a.Best(head, "q_excess")?["q_excess"]),
        ("k_excess_max", (a, head) => a.Best(head, "k_excess")?["k_excess"]),
        ("v_excess_max", (a, head) => a.Best(head, "v_excess")?["v_excess"]),
        ("k_partner", (a, head) => a.Best(head, "k_excess") is { } pair ? Flat((string)pair["from"]!) : null),
    ];

    [Fact]
    public async Task Every_kind_of_model_exported_and_analyzed_again_gives_the_numbers_of_its_sweep()
    {
        using var folder = new TestFolder();
        var file = folder.Write("sweep.yaml", SweepFiles.Yaml(
            "exported", steps: 60, every: 30, seeds: "0", grid: "model.positions: [shortformer, rotary], model.smeared_keys: [false, true]",
            measure: "heads, composition, terms, ablations, in-context-learning"));
        await CommandLine.Json(folder, 0, "sweep", "submit", file, "--embedded");
        var runs = (await CommandLine.Json(folder, 0, "run", "list", "last")).AsArray();
        var heads = await CommandLine.Json(folder, 0, "heads", "last");
        var groups = (await CommandLine.Json(folder, 0, "sweep", "show", "last"))["groups"]!.AsArray();
        foreach (var index in new[] { 0, 1, 2 }) // shortformer, the same with smeared keys, rotary
        {
            var run = (string)runs[index]!["id"]!;
            await CommandLine.Json(folder, 0, "run", "export", run, "--out", run);

            var analysis = new Analysis(await CommandLine.Json(folder, 0, "analyze", $"{run}/step-000060.safetensors", "--tokens", $"{run}/tokens.json"));

            Near((double)groups[index]!["final_loss"]!["mean"]!, (double)analysis.HeldOut["loss"]!, 1e-5, $"loss of run {index}");
            SameHeads(heads, run, analysis);
            foreach (var section in new[] { "loss_by_order", "marginal", "direct_plus_layer_loss" })
            {
                var (stored, again) = (groups[index]!["terms"]![section]!.AsArray(), analysis.HeldOut["terms"]![section]!.AsArray());
                Assert.Equal(again.Count, stored.Count);
                Assert.All(again.Zip(stored), pair => Near((double)pair.Second!["mean"]!, (double)pair.First!, 1e-4, $"{section} of run {run}"));
            }
        }
    }

    [Fact]
    public async Task A_text_run_is_measured_on_the_same_text_again_and_its_export_is_completed_but_never_overwritten()
    {
        using var folder = new TestFolder();
        folder.Write("verse.txt", string.Concat(Enumerable.Range(0, 400).Select(i => $"The {i % 17} ships went {i % 5} ways, and {i % 11} came home again. ")));
        var file = folder.Write("sweep.yaml", """
            name: exported-text
            model: { layers: 2, heads: 2, d_model: 32, n_ctx: 32, positions: learned, layer_norm: true }
            data: { kind: text, files: [verse.txt], tokenizer: characters }
            train: { steps: 40, batch: 16, lr: 1.0e-2 }
            snapshots: { every: 20 }
            measure: [heads, composition, ablations]
            seeds: 0
            """);
        await CommandLine.Json(folder, 0, "sweep", "submit", file, "--embedded");
        var run = (string)(await CommandLine.Json(folder, 0, "run", "list", "last"))[0]!["id"]!;
        File.Delete(Path.Combine(folder, "verse.txt")); // the sweep has its own copy

        var first = await CommandLine.Json(folder, 0, "run", "export", run, "--out", "out");
        SameHeads(await CommandLine.Json(folder, 0, "heads", "last"), run,
            new Analysis(await CommandLine.Json(folder, 0, "analyze", "out/step-000040.safetensors", "--tokens", "out/tokens.json")));
        Assert.Equal(["step-000040.safetensors", "step-000040.config.json", "tokens.json"], Names(first["written"]!));

        File.Delete(Path.Combine(folder, "out", "step-000040.config.json"));
        var rest = await CommandLine.Json(folder, 0, "run", "export", run, "--out", "out", "--at", "all");
        Assert.Equal(["step-000040.safetensors", "tokens.json"], Names(rest["kept"]!));
        Assert.Equal(6, Names(rest["written"]!).Length);
        // What was stored of a snapshot before the last was measured on fewer sequences, and those stand beside it.
        SameHeads(await CommandLine.Json(folder, 0, "heads", "last", "--at", "20"), run,
            new Analysis(await CommandLine.Json(folder, 0, "analyze", "out/step-000020.safetensors", "--tokens", "out/tokens-between.json")));
        var manifest = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "out", "run.json"), TestContext.Current.CancellationToken))!;
        Assert.Equal([0, 20, 40], manifest["snapshots"]!.AsArray().Select(s => (int)s!["step"]!));
        foreach (var snapshot in manifest["snapshots"]!.AsArray())
        {
            Assert.Equal((string?)snapshot!["weights_hash"], Hash(Path.Combine(folder, "out", (string)snapshot["file"]!)));
        }

        folder.Write(Path.Combine("out", "step-000020.safetensors"), "something of mine");
        var refused = await CommandLine.Run(folder, "run", "export", run, "--out", "out", "--at", "20");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("'step-000020.safetensors' with other content", refused.Error, StringComparison.Ordinal);
        Assert.Equal("something of mine", await File.ReadAllTextAsync(Path.Combine(folder, "out", "step-000020.safetensors"), TestContext.Current.CancellationToken));
    }

    private static void SameHeads(JsonNode table, string run, Analysis analysis)
    {
        var names = table["columns"]!.AsArray().Select(c => (string)c!["name"]!).ToList();
        var rows = table["rows"]!.AsArray().Where(row => (string?)row![names.IndexOf("run")] == run).ToList();
        Assert.Equal(4, rows.Count);
        for (var head = 0; head < rows.Count; head++)
        {
            foreach (var (column, value) in OfHeads)
            {
                var (stored, again) = (rows[head]![names.IndexOf(column)], value(analysis, head));
                Assert.True(stored is null == again is null, $"{column} of head {head} is {stored?.ToJsonString() ?? "null"} in the sweep, {again?.ToJsonString() ?? "null"} analyzed again");
                if (stored is not null)
                {
                    Near((double)stored, (double)again!, 1e-4, $"{column} of head {head} of run {run}");
                }
            }
        }
    }

    // The sweep measures in float32: relative to the number, or to what the number is a difference of.
    private static void Near(double stored, double again, double tolerance, string what) =>
        Assert.True(Math.Abs(stored - again) <= tolerance * Math.Max(Math.Abs(stored), 0.1), $"{what}: the sweep stored {stored}, analyzed again {again}");

    private static double Flat(string head) => head.Split('.') is [var layer, var number]
        ? int.Parse(layer, CultureInfo.InvariantCulture) * 2 + int.Parse(number, CultureInfo.InvariantCulture)
        : throw new FormatException($"'{head}' is no head");

    private static string[] Names(JsonNode list) => [.. list.AsArray().Select(name => (string)name!)];

    private static string Hash(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));

    private sealed record Analysis(JsonNode Document)
    {
        public JsonNode HeldOut => Document["batches"]!["held_out"]!;

        public JsonNode Prefix => Document["batches"]!["prefix_matching"]!;

        public JsonNode Delta(int head, string key) => JsonValue.Create((double)HeldOut["heads"]![head]![key]! - (double)HeldOut["loss"]!);

        public JsonNode? Best(int to, string key) =>
            Document["pairs"]!.AsArray().Where(pair => Flat((string)pair!["to"]!) == to).MaxBy(pair => (double)pair![key]!);
    }
}

using System.Text.Json.Nodes;

namespace Orchestrator.EndToEnd.Tests;

/// <summary>Another kind of model through the whole program: every verb answers, and what does not apply is null.</summary>
public sealed class SuperpositionTests
{
    private const string Yaml = """
        name: toys
        model: { kind: relu-toy, features: 6, hidden: 2, importance: 0.9 }
        data: { kind: sparse-features, sparsity: 0.9 }
        train: { steps: 300, batch: 64, lr: 1.0e-2 }
        snapshots: { every: 100 }
        seeds: 0..2
        grid: { model.relu: [true, false] }
        """;

    [Fact]
    public async Task Toy_models_are_planned_trained_and_shown_by_every_verb()
    {
        using var folder = new TestFolder();
        var file = folder.Write("toys.yaml", Yaml);

        var plan = await CommandLine.Json(folder, 0, "sweep", "plan", file);
        Assert.Equal((6, 24, 0), ((int)plan["runs"]!["total"]!, (int)plan["snapshots"]!, (int)plan["heads"]!));
        Assert.Equal("relu-toy", (string?)plan["first"]![0]!["model"]!["kind"]);
        Assert.Contains("sparsity", (await CommandLine.Run(folder, "sweep", "plan", file)).Output, StringComparison.Ordinal);

        var result = await CommandLine.Json(folder, 0, "sweep", "submit", file, "--embedded");
        Assert.Equal(("completed", 6), ((string?)result["sweep"]!["state"], (int)result["sweep"]!["runs"]!["completed"]!));
        Assert.Equal([true, false], result["groups"]!.AsArray().Select(group => (bool)group!["by"]!["model.relu"]!));
        Assert.All(result["groups"]!.AsArray(), group =>
        {
            Assert.Equal(0, (int)group!["excluded"]!);
            foreach (var name in (string[])["induction_share", "prefix_matching_max", "icl_score", "k_composition_excess_max", "transition_step"])
            {
                Assert.Equal(0, (int)group[name]!["n"]!);
                Assert.All(group[name]!.AsObject().Where(member => member.Key is not ("n" or "censored")), member => Assert.Null(member.Value));
            }
            Assert.All((string[])["final_loss", "features_represented", "dimensions_per_feature", "mean_dimensionality"], name => Assert.Equal(3, (int)group[name]!["n"]!));
        });
        var linear = result["groups"]![1]!;
        Assert.InRange((double)linear["features_represented"]!["mean"]!, 1.5, 2.5); // never more than its dimensions
        Assert.True((double)result["groups"]![0]!["features_represented"]!["mean"]! >= (double)linear["features_represented"]!["mean"]!);

        var shown = await CommandLine.Run(folder, "sweep", "show", "last", "--plot", "loss.svg");
        Assert.Equal(0, shown.ExitCode);
        Assert.Contains("dimensionality", shown.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("prefix", shown.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(folder, "loss.svg")));
        Assert.Equal(1, File.ReadAllText((string)result["report"]!).Split("<figure><svg ").Length - 1);

        var runs = (await CommandLine.Json(folder, 0, "run", "list", "last")).AsArray();
        var run = await CommandLine.Json(folder, 0, "run", "show", (string)runs[0]!["id"]!);
        Assert.Equal(("completed", 300, "sparse-features"), ((string?)run["state"], (int)run["steps"]!, (string?)run["config"]!["data"]!["kind"]));
        Assert.Null(run["prefix_matching_max"]);
        Assert.Contains("squared error", (await CommandLine.Run(folder, "run", "show", (string)runs[0]!["id"]!)).Output, StringComparison.Ordinal);

        Assert.Equal("cpu", (string?)run["attempts"]![0]!["pack"]!["device"]);
        var linearRuns = (await CommandLine.Json(folder, 0, "run", "list", "last", "--where", "not model.relu and seed in (0, 1)")).AsArray();
        Assert.Equal([false, false], linearRuns.Select(listed => (bool)listed!["config"]!["model"]!["relu"]!));
        var unknown = await CommandLine.Run(folder, "run", "list", "last", "--where", "nothing == 1");
        Assert.Equal(2, unknown.ExitCode);
        Assert.Contains("'nothing' is unknown here: there are run, state", unknown.Error, StringComparison.Ordinal);
        var features = await CommandLine.Json(folder, 0, "query", "select count(*), min(feature), max(feature) from features where step = 300");
        Assert.Equal("[[36,0,5]]", features["rows"]!.ToJsonString());
        var matrices = await CommandLine.Json(folder, 0, "query", "select distinct matrix from superposition");
        Assert.Equal("[[\"W\"]]", matrices["rows"]!.ToJsonString());

        foreach (var arguments in (string[][])[["heads", "last"], ["heads", "last", "--group-by", "layer"]])
        {
            var refused = await CommandLine.Run(folder, arguments);
            Assert.Equal((2, ""), (refused.ExitCode, refused.Output));
            Assert.Contains("have no attention heads", refused.Error, StringComparison.Ordinal);
        }

        var again = await CommandLine.Json(folder, 0, "sweep", "submit", file, "--embedded");
        Assert.True(JsonNode.DeepEquals(result["groups"], again["groups"]));
    }
}

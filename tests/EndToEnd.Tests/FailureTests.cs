namespace Orchestrator.EndToEnd.Tests;

/// <summary>Runs that diverge and files that are wrong.</summary>
public sealed class FailureTests
{
    [Fact]
    public async Task A_run_that_diverges_is_failed_with_its_reason_and_last_snapshot_while_the_others_go_on()
    {
        using var folder = new TestFolder();
        var file = folder.Write("sweep.yaml", SweepFiles.Yaml("diverging", steps: 60, every: 1, seeds: "0", grid: "train.lr: [1.0e-2, 1.0e+6]"));
        var result = await CommandLine.Json(folder, 0, "sweep", "submit", file, "--embedded");
        Assert.Equal(("completed", 1, 1), ((string?)result["sweep"]!["state"], (int)result["sweep"]!["runs"]!["completed"]!, (int)result["sweep"]!["runs"]!["failed"]!));
        var failed = Assert.Single((await CommandLine.Json(folder, 0, "run", "list", "last")).AsArray(), r => (string?)r!["state"] == "failed")!;
        Assert.Contains("the loss became", (string?)failed["reason"], StringComparison.Ordinal);
        Assert.InRange((int)failed["steps"]!, 0, 59);
        Assert.NotNull((string?)failed["weights_hash"]);
    }

    [Fact]
    public async Task A_sweep_of_which_every_run_diverges_is_exit_code_1_and_says_so()
    {
        using var folder = new TestFolder();
        var file = folder.Write("sweep.yaml", SweepFiles.Yaml("hopeless", steps: 60, every: 60, seeds: "0..1", grid: "train.lr: [1.0e+6]"));
        var outcome = await CommandLine.Run(folder, "sweep", "submit", file, "--embedded");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("no run of sweep", outcome.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("lerning_rate: 3", "lerning_rate")]
    [InlineData("seeds: []", "seeds")]
    [InlineData("seeds: -1..2", "seeds")]
    [InlineData("model: { layers: two, heads: 2, d_model: 64, n_ctx: 32 }", "model.layers")]
    [InlineData("model: { layers: 2, heads: 3, d_model: 64, n_ctx: 32 }", "model")]
    [InlineData("data: { kind: text, files: [missing.txt], tokenizer: bytes }", "missing.txt")]
    [InlineData("grid: { model.layers: [] }", "grid")]
    [InlineData("name: [", "sweep.yaml")]
    public async Task A_malformed_file_is_refused_in_one_message_and_nothing_is_created(string line, string place)
    {
        using var folder = new TestFolder();
        var key = line.Split(':')[0];
        var good = """
            name: wrong
            model: { layers: 2, heads: 2, d_model: 64, n_ctx: 32 }
            data: { kind: repeated-segments, vocab: 32, segment: [8, 16] }
            train: { steps: 10, batch: 8 }
            seeds: 0..1
            """;
        var file = folder.Write("sweep.yaml", string.Join('\n', good.Split('\n').Where(l => !l.StartsWith(key + ":", StringComparison.Ordinal)).Append(line)));
        var outcome = await CommandLine.Run(folder, "sweep", "submit", file, "--embedded");
        Assert.Equal((2, ""), (outcome.ExitCode, outcome.Output));
        Assert.Contains(place, outcome.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", outcome.Error, StringComparison.Ordinal); // a message, not a stack trace
        Assert.False(Directory.Exists(folder.Data));
    }
}

using System.Text.Json.Nodes;
using Orchestrator.Cli.Tests.Serving;

namespace Orchestrator.Cli.Tests.Exports;

public sealed class SweepExportTests
{
    [Theory]
    [InlineData("final", new[] { 2_048 })]
    [InlineData("120", new[] { 128 })]
    [InlineData("all", new[] { 128, 2_048 })]
    [InlineData("none", new int[0])]
    public async Task The_folder_gets_the_sequences_that_its_snapshots_were_measured_on_and_no_others(string weights, int[] sequences)
    {
        await using var server = await new FakeControlPlane().Start();
        using var cli = new CliHarness { DefaultServer = server.Address };

        var outcome = await cli.Run("export", "last", "--out", "out", "--weights", weights, "--json");

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        var folder = Path.Combine(cli.Folder, "out");
        var files = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "manifest.json"), TestContext.Current.CancellationToken))!["files"]!.AsArray().Select(file => (string)file!["file"]!).ToList();
        string[] tokens = [.. files.Where(file => file.StartsWith("tokens/", StringComparison.Ordinal))];
        Assert.Equal(sequences, tokens.Select(file => JsonNode.Parse(File.ReadAllText(Path.Combine(folder, file)))!["batches"]!["held_out"]!.AsArray().Count).Order());
        Assert.Equal(tokens.Length, Directory.Exists(Path.Combine(folder, "tokens")) ? Directory.GetFiles(Path.Combine(folder, "tokens")).Length : 0);
    }

    [Theory]
    [InlineData("export last --out out --weights 50", "error: --weights 50: run ")]
    [InlineData("run export a1b2 --out out --at 50", "error: --at 50: run ")]
    public async Task A_step_without_a_snapshot_is_refused_by_the_option_that_named_it(string line, string told)
    {
        await using var server = await new FakeControlPlane().Start();
        using var cli = new CliHarness { DefaultServer = server.Address };

        var outcome = await cli.Run(line.Split(' '));

        Assert.Equal(2, outcome.ExitCode);
        Assert.StartsWith(told, outcome.Error.Split('\n').Last(said => said.Length > 0), StringComparison.Ordinal);
        Assert.Contains("it has 0, 120, 300", outcome.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("export last --out out --weights some", "--weights some: give final, all, none, or a step such as 120")]
    [InlineData("run export a1b2 --out out --at -1", "--at -1: give final, all, or a step such as 120")]
    [InlineData("heads last --at first", "--at first: give final, all, transition, or a step such as 120")]
    public async Task Snapshots_are_named_by_the_words_that_a_verb_has_or_by_their_step(string line, string told)
    {
        using var cli = new CliHarness();

        var outcome = await cli.Run(line.Split(' '));

        Assert.Equal((2, ""), (outcome.ExitCode, outcome.Output));
        Assert.Contains(told, outcome.Error, StringComparison.Ordinal);
    }
}

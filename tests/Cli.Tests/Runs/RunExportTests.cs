using System.Text.Json.Nodes;
using Orchestrator.Cli.Tests.Serving;
using Orchestrator.Tests.Serving;

namespace Orchestrator.Cli.Tests.Runs;

public sealed class RunExportTests
{
    private static readonly string[] Final = ["run.json", "step-000300.config.json", "step-000300.safetensors", "tokens.json"];

    [Theory]
    [InlineData("final", new[] { 300 })]
    [InlineData("120", new[] { 120 })]
    [InlineData("all", new[] { 0, 120, 300 })]
    public async Task The_folder_gets_weights_configuration_tokens_and_what_they_are(string at, int[] steps)
    {
        await using var server = await new FakeControlPlane().Start();
        using var cli = new CliHarness { DefaultServer = server.Address };
        var outcome = await cli.Run("run", "export", "a1b2", "--out", "out", "--at", at, "--json");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Equal(2 * steps.Length + (steps.Contains(300) ? 1 : 0) + (steps[0] == 300 ? 0 : 1), outcome.Json["written"]!.AsArray().Count);
        Assert.All(steps, step => Assert.Equal($"weights at {step}", Read(cli, $"step-{step:D6}.safetensors")));
        var run = JsonNode.Parse(Read(cli, "run.json"))!;
        Assert.Equal(Samples.RunId, (string?)run["id"]);
        Assert.Equal(steps, run["snapshots"]!.AsArray().Select(s => (int)s!["step"]!));
        Assert.True(JsonNode.DeepEquals(run, outcome.Json["run"]));
        Assert.Equal(2, (int)JsonNode.Parse(Read(cli, $"step-{steps[0]:D6}.config.json"))!["n_layers"]!);
        foreach (var snapshot in run["snapshots"]!.AsArray())
        {
            // What the sweep measured it on: analyze finds the numbers that are stored.
            var batches = JsonNode.Parse(Read(cli, (string)snapshot!["tokens"]!))!["batches"]!.AsObject();
            Assert.Equal([("held_out", (int)snapshot["step"]! == 300 ? 2_048 : 128, 32), ("prefix_matching", 10, 31)], batches.Select(b => (b.Key, b.Value!.AsArray().Count, b.Value[0]!.AsArray().Count)));
        }
    }

    [Fact]
    public async Task Done_again_it_writes_nothing_and_an_unfinished_one_is_completed()
    {
        await using var server = await new FakeControlPlane().Start();
        using var cli = new CliHarness { DefaultServer = server.Address };
        Assert.Equal(0, (await cli.Run("run", "export", "a1b2", "--out", "out")).ExitCode);
        var again = await cli.Run("run", "export", "a1b2", "--out", "out");
        Assert.Contains("0 files written, 3 were there", again.Output, StringComparison.Ordinal);
        // As a killed process leaves it: no manifest yet, and a part of a file under its temporary name.
        File.Delete(Path.Combine(cli.Folder, "out", "run.json"));
        File.Move(Path.Combine(cli.Folder, "out", "tokens.json"), Path.Combine(cli.Folder, "out", "tokens.json.partial"));
        var completed = await cli.Run("run", "export", "a1b2", "--out", "out");
        Assert.Contains("1 files written, 2 were there", completed.Output, StringComparison.Ordinal);
        Assert.Equal(Final, Names(cli));
    }

    [Fact]
    public async Task What_arrives_damaged_gets_no_name_in_the_folder()
    {
        var controlPlane = new FakeControlPlane { Damage = "!" };
        await using var server = await controlPlane.Start();
        using var cli = new CliHarness { DefaultServer = server.Address };
        var outcome = await cli.Run("run", "export", "a1b2", "--out", "out");
        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Output));
        Assert.Contains("arrived with SHA-256", outcome.Error, StringComparison.Ordinal);
        Assert.Empty(Names(cli));
        controlPlane.Damage = "";
        Assert.Equal(0, (await cli.Run("run", "export", "a1b2", "--out", "out")).ExitCode);
        Assert.Equal(Final, Names(cli));
    }

    [Theory]
    [InlineData("notes.txt", "mine", "'notes.txt'")]
    [InlineData("tokens.json", "mine", "'tokens.json' with other content")]
    [InlineData("run.json", "mine", "no export's")]
    [InlineData("run.json", """{"id":"other","sweep":"s","state":"completed","steps":0,"trainer_version":1,"metric_version":1,"config":null,"config_hash":"","snapshots":[]}""", "run other")]
    public async Task A_folder_with_something_else_is_refused_and_left_as_it_is(string name, string content, string told)
    {
        await using var server = await new FakeControlPlane().Start();
        using var cli = new CliHarness { DefaultServer = server.Address };
        Directory.CreateDirectory(Path.Combine(cli.Folder, "out"));
        cli.Write(Path.Combine("out", name), content);
        var outcome = await cli.Run("run", "export", "a1b2", "--out", "out");
        Assert.Equal((2, ""), (outcome.ExitCode, outcome.Output));
        Assert.Contains(told, outcome.Error, StringComparison.Ordinal);
        Assert.Equal([name], Names(cli));
        Assert.Equal(content, Read(cli, name));
    }

    [Fact]
    public async Task A_file_as_the_folder_and_a_step_without_a_snapshot_are_refused()
    {
        await using var server = await new FakeControlPlane().Start();
        using var cli = new CliHarness { DefaultServer = server.Address };
        cli.Write("out", "");
        var file = await cli.Run("run", "export", "a1b2", "--out", "out");
        Assert.Equal(2, file.ExitCode);
        Assert.Contains("is a file", file.Error, StringComparison.Ordinal);
        var step = await cli.Run("run", "export", "a1b2", "--out", "other", "--at", "7");
        Assert.Equal(2, step.ExitCode);
        Assert.Contains("0, 120, 300", step.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(cli.Folder, "other")));
    }

    private static string[] Names(CliHarness cli) =>
        [.. Directory.EnumerateFileSystemEntries(Path.Combine(cli.Folder, "out")).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private static string Read(CliHarness cli, string name) => File.ReadAllText(Path.Combine(cli.Folder, "out", name));
}

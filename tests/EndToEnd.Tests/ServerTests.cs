using System.Text.Json.Nodes;

namespace Orchestrator.EndToEnd.Tests;

/// <summary>One process serves, others submit, follow, read and cancel.</summary>
public sealed class ServerTests
{
    [Fact]
    public async Task A_dev_process_trains_what_others_submit_and_answers_every_verb()
    {
        using var folder = new TestFolder();
        await using var dev = CommandLine.Start(folder, "dev", "--port", "0", "--json");
        // A document over several lines: the address is in the data folder too, written when the server answers.
        var server = (await Polling.Server(dev, folder.Data)).Address.ToString();

        var file = folder.Write("sweep.yaml", SweepFiles.Yaml("served", steps: 60, every: 30));
        var planned = await Ask("sweep", "plan", file);
        Assert.Equal((4, 0, 4), ((int)planned["runs"]!["total"]!, (int)planned["runs"]!["existing"]!, (int)planned["runs"]!["new"]!));
        Assert.Equal((12, 36), ((int)planned["snapshots"]!, (int)planned["heads"]!));
        var submitted = await Ask("sweep", "submit", file);
        Assert.Equal(["id", "name", "runs", "created"], submitted.AsObject().Select(p => p.Key));
        Assert.True((bool)submitted["created"]!);
        var id = (string)submitted["id"]!;
        Assert.Equal(id, (string?)planned["sweep"]);

        var watched = await Ask("sweep", "watch", id);
        Assert.Equal(("completed", 4), ((string?)watched["sweep"]!["state"], (int)watched["sweep"]!["runs"]!["completed"]!));
        var again = await Ask("sweep", "submit", file);
        Assert.Equal((id, false), ((string?)again["id"], (bool)again["created"]!));
        Assert.Equal(watched["groups"]!.ToJsonString(), (await Ask("sweep", "show", "last"))["groups"]!.ToJsonString());
        Assert.Equal(id, (string?)Assert.Single((await Ask("sweep", "list")).AsArray())!["id"]);

        var runs = (await Ask("run", "list", id)).AsArray();
        Assert.Equal(4, runs.Count);
        Assert.All(runs, run => Assert.False(run!.AsObject().ContainsKey("attempts")));
        var shown = await Ask("run", "show", (string)runs[0]!["id"]!);
        Assert.Equal((60, 60, "completed"), ((int)shown["steps"]!, (int)shown["final_step"]!, (string?)shown["state"]));
        Assert.Equal(["attempt", "worker", "started", "ended", "outcome", "cpu_kernels", "pack"], Assert.Single(shown["attempts"]!.AsArray())!.AsObject().Select(p => p.Key));
        Assert.Equal(32, (int)shown["config"]!["model"]!["n_ctx"]!);

        var heads = await Ask("heads", id, "--group-by", "model.layers,layer,rank(prefix_matching, layer)");
        Assert.Equal(6, heads["groups"]!.AsArray().Count); // 1 layer of 2 heads, 2 layers of 2 heads
        Assert.All(heads["groups"]!.AsArray(), g => Assert.Equal(2, (int)g!["prefix_matching"]!["n"]!));
        Assert.Equal(["columns", "rows", "truncated"], (await Ask("heads", id)).AsObject().Select(p => p.Key));

        var large = folder.Write("large.yaml", SweepFiles.Yaml("cancelled", steps: 20_000, every: 10_000, seeds: "0..9"));
        var second = await Ask("sweep", "submit", large);
        var cancelled = await Ask("sweep", "cancel", (string)second["id"]!);
        Assert.Equal("cancelled", (string?)cancelled["state"]);
        Assert.Equal(20, (int)cancelled["runs"]!["total"]!);
        var after = (await Ask("sweep", "show", "last"))["sweep"]!;
        Assert.Equal(("cancelled", 20), ((string?)after["state"], (int)after["runs"]!["cancelled"]!));

        await dev.Signal("INT");
        Assert.Equal(0, (await dev.End()).ExitCode);

        Task<JsonNode> Ask(params string[] arguments) => CommandLine.Json(folder, 0, [.. arguments, "--server", server]);
    }

    [Fact]
    public async Task A_server_that_cannot_be_reached_is_exit_code_3()
    {
        using var folder = new TestFolder();
        var outcome = await CommandLine.Run(folder, "sweep", "list", "--server", "http://127.0.0.1:9");
        Assert.Equal((3, ""), (outcome.ExitCode, outcome.Output));
        Assert.Contains("http://127.0.0.1:9", outcome.Error, StringComparison.Ordinal);
    }
}

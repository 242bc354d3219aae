using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Orchestrator.Contracts.Runs;

namespace Orchestrator.EndToEnd.Tests;

/// <summary>A sweep that is killed or interrupted in the middle ends, continued, as one that was left alone.</summary>
public sealed partial class InterruptionTests(UndisturbedSweep undisturbed) : IClassFixture<UndisturbedSweep>
{
    private static readonly TimeSpan LongEnoughForACheckpoint = TimeSpan.FromSeconds(1.5);

    [Fact]
    public void An_undisturbed_sweep_completes_and_its_document_has_the_shape_that_scripts_rely_on()
    {
        var document = undisturbed.Document;
        Assert.Equal(["sweep", "groups", "elapsed_seconds", "report", "dashboard"], document.AsObject().Select(p => p.Key));
        Assert.Equal(("completed", 4, 4), ((string?)document["sweep"]!["state"], (int)document["sweep"]!["runs"]!["total"]!, (int)document["sweep"]!["runs"]!["completed"]!));
        Assert.Null(document["dashboard"]);
        Assert.True(File.Exists((string)document["report"]!));
        Assert.Equal([1, 2], document["groups"]!.AsArray().Select(g => (int)g!["by"]!["model.layers"]!));
        Assert.All(document["groups"]!.AsArray(), group =>
        {
            Assert.Equal((2, 2, 0), ((int)group!["runs"]!, (int)group["completed"]!, (int)group["failed"]!));
            Assert.Equal(2, (int)group["induction_share"]!["n"]!);
            Assert.InRange((double)group["final_loss"]!["mean"]!, 0.1, 3.4);
            Assert.InRange((double)group["prefix_matching_max"]!["mean"]!, 0, 1);
        });
        Assert.Equal(0, (double)document["groups"]![0]!["induction_share"]!["value"]!);
    }

    [Fact]
    public async Task Killed_in_the_middle_and_started_again_it_ends_with_the_same_numbers()
    {
        using var folder = new TestFolder();
        var file = folder.Write("sweep.yaml", UndisturbedSweep.Yaml);
        string[] completed;
        await using (var first = CommandLine.Start(folder, "sweep", "submit", file, "--embedded", "--json"))
        {
            completed = await InTheMiddle(first, folder);
            await first.Signal("KILL");
            await first.End();
        }

        var second = await CommandLine.Run(folder, "sweep", "submit", file, "--embedded", "--json");

        Assert.True(second.ExitCode == 0, second.Error);
        await SameAsUndisturbed(folder, second, completed);
    }

    [Fact]
    public async Task Interrupted_by_ctrl_c_it_says_how_to_continue_and_ends_with_the_same_numbers()
    {
        using var folder = new TestFolder();
        var file = folder.Write("sweep.yaml", UndisturbedSweep.Yaml);
        string[] completed;
        await using (var first = CommandLine.Start(folder, "sweep", "submit", file, "--embedded", "--json"))
        {
            completed = await InTheMiddle(first, folder);
            await first.Signal("INT");
            var interrupted = await first.End();
            Assert.Equal((130, ""), (interrupted.ExitCode, interrupted.Output));
            Assert.Contains("Continue with: ./orchestrator sweep submit sweep.yaml --embedded", interrupted.Error, StringComparison.Ordinal);
        }
        var second = await CommandLine.Run(folder, "sweep", "submit", file, "--embedded", "--json");
        Assert.True(second.ExitCode == 0, second.Error);
        await SameAsUndisturbed(folder, second, completed);
    }

    /// <summary>Waits until a run is completed and another one has trained for a while; the ids of the completed ones.</summary>
    private static async Task<string[]> InTheMiddle(CommandLine process, TestFolder folder)
    {
        var client = await Polling.Server(process, folder.Data);
        var runs = await Polling.Until(process, () => client.ListRuns("last"), runs => runs.Any(r => r.State == RunState.Completed) && Training(runs).Any());
        var open = Training(runs).First().Id;
        await Polling.Until(process, () => client.GetRun(open), run => run.Attempts![^1].Started < TimeProvider.System.GetUtcNow() - LongEnoughForACheckpoint);
        return [.. (await client.ListRuns("last")).Where(r => r.State == RunState.Completed).Select(r => r.Id)];

        static IEnumerable<Contracts.Api.RunDetail> Training(IEnumerable<Contracts.Api.RunDetail> runs) =>
            runs.Where(r => r.State == RunState.Training && r.Config.Model is ModelConfiguration { Layers: 2 } && r.Steps < r.FinalStep / 2);
    }

    private async Task SameAsUndisturbed(TestFolder folder, Outcome continued, string[] completed)
    {
        Assert.NotEmpty(completed);
        Assert.Equal(undisturbed.Document["groups"]!.ToJsonString(), continued.Json["groups"]!.ToJsonString());
        Assert.Equal(undisturbed.Document["sweep"]!.ToJsonString(), continued.Json["sweep"]!.ToJsonString());
        var runs = (await CommandLine.Json(folder, 0, "run", "list", "last")).AsArray();
        Assert.Equal(undisturbed.Hashes, UndisturbedSweep.HashesOf(runs));

        var continues = Continues().Matches(continued.Error).Select(m => (Run: m.Groups[1].Value, Attempt: Number(m.Groups[2]), Step: Number(m.Groups[3]))).ToArray();
        Assert.Contains(continues, c => c is { Attempt: > 1, Step: > 0 });
        Assert.DoesNotContain(continues, c => completed.Contains(c.Run));
        foreach (var run in completed)
        {
            var attempts = (await CommandLine.Json(folder, 0, "run", "show", run))["attempts"]!.AsArray();
            Assert.Equal("completed", (string?)Assert.Single(attempts)!["outcome"]);
        }
        var resumed = await CommandLine.Json(folder, 0, "run", "show", continues[0].Run);
        Assert.True(resumed["attempts"]!.AsArray().Count > 1, resumed.ToJsonString());
        Assert.Equal("completed", (string?)resumed["state"]);
    }

    private static int Number(Group group) => int.Parse(group.Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"run (\w+), attempt (\d+): continues from step (\d+)")]
    private static partial Regex Continues();
}

/// <summary>The sweep of these tests, trained once without any disturbance.</summary>
public sealed class UndisturbedSweep : IAsyncLifetime
{
    private readonly TestFolder _folder = new();

    /// <summary>Long enough to be hit in the middle: some seconds a run.</summary>
    public static string Yaml { get; } = SweepFiles.Yaml("interrupted", steps: 800, every: 100);

    /// <summary>Its result document.</summary>
    public JsonNode Document { get; private set; } = new JsonObject();

    /// <summary>Final weights by run.</summary>
    public string Hashes { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        Document = await CommandLine.Json(_folder, 0, "sweep", "submit", _folder.Write("sweep.yaml", Yaml), "--embedded");
        Hashes = HashesOf((await CommandLine.Json(_folder, 0, "run", "list", "last")).AsArray());
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Every run with the hash of its final weights.</summary>
    public static string HashesOf(JsonArray runs) => string.Join('\n', runs.Select(r => $"{r!["id"]} {r["state"]} {r["steps"]} {r["weights_hash"] ?? throw new InvalidOperationException("no weights")}"));
}

using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Orchestrator.Contracts.Runs;

namespace Orchestrator.EndToEnd.Tests;

/// <summary>Snapshots of a trained sweep measured again by the program itself, with the real mathematics.</summary>
public sealed class MeasuringTests
{
    private static string Yaml(string name, string measure, string seeds) => SweepFiles.Yaml(name, steps: 300, every: 150, seeds, grid: "model.layers: [2]")
        .Replace("measure: [heads, composition, in-context-learning]", $"measure: [{measure}]", StringComparison.Ordinal);

    [Fact]
    public async Task More_measures_and_a_newer_version_are_computed_from_the_store_with_the_numbers_that_training_gives()
    {
        using var folder = new TestFolder();
        await CommandLine.Json(folder, 0, "sweep", "submit", folder.Write("sweep.yaml", Yaml("again", "heads", "0..1")), "--embedded");
        var trained = await Runs(folder);

        var measured = await CommandLine.Json(folder, 0, "sweep", "measure", "last", "--measure", "terms,ablations");

        Assert.Equal(("completed", 2), ((string?)measured["sweep"]!["state"], (int)measured["sweep"]!["runs"]!["completed"]!));
        Assert.Equal(UndisturbedSweep.HashesOf(trained), UndisturbedSweep.HashesOf(await Runs(folder)));
        var attempts = (await CommandLine.Json(folder, 0, "run", "show", (string)trained[0]!["id"]!))["attempts"]!.AsArray();
        Assert.Equal([null, true], attempts.Select(a => (bool?)a!["only_measured"]));
        var heads = await CommandLine.Json(folder, 0, "heads", "last");
        var column = heads["columns"]!.AsArray().ToList().FindIndex(c => (string)c!["name"]! == "ablation_loss_delta");
        Assert.All(heads["rows"]!.AsArray(), row => Assert.NotNull(row![column]));

        // A sweep that was trained with all measures at once has the same numbers, bit for bit.
        using var other = new TestFolder();
        await CommandLine.Json(other, 0, "sweep", "submit", other.Write("sweep.yaml", Yaml("again", "heads, terms, ablations", "0..1")), "--embedded");
        var facts = Facts(folder, "heads,terms,ablations");
        Assert.Equal(2 * 3, facts.Count);
        Assert.Equal(Facts(other, "heads,terms,ablations"), facts);

        Alter(folder, "update facts set metric_version = 0");
        Assert.Empty((await CommandLine.Json(folder, 0, "heads", "last"))["rows"]!.AsArray());
        var again = await CommandLine.Json(folder, 0, "sweep", "measure", "last");
        Assert.Equal(measured["groups"]!.ToJsonString(), again["groups"]!.ToJsonString());
        Alter(folder, "delete from facts where metric_version = 0");
        Assert.Equal(facts, Facts(folder, "heads,terms,ablations"));
        Assert.Equal(heads["rows"]!.ToJsonString(), (await CommandLine.Json(folder, 0, "heads", "last"))["rows"]!.ToJsonString());

        var nothing = await CommandLine.Run(folder, "sweep", "measure", "last");
        Assert.True(nothing.ExitCode == 0, nothing.Error);
        Assert.Contains("nothing to measure", nothing.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Killed_while_it_measures_and_asked_again_it_measures_what_is_left_and_trains_what_is_new_beside_it()
    {
        using var folder = new TestFolder();
        // So small that runs are trained in packs, with so many snapshots that a kill falls between two of them.
        string Small(string name, string measure, string seeds) => $$"""
            name: {{name}}
            model: { layers: 1, heads: 2, d_model: 16, n_ctx: 16 }
            data: { kind: repeated-segments, vocab: 16, segment: [3, 6] }
            train: { steps: 80, batch: 4 }
            snapshots: { every: 1 }
            measure: [{{measure}}]
            seeds: {{seeds}}
            """;
        await CommandLine.Json(folder, 0, "sweep", "submit", folder.Write("sweep.yaml", Small("small", "heads", "0..3")), "--embedded", "--slots", "1");
        await using (var first = CommandLine.Start(folder, "sweep", "measure", "last", "--measure", "ablations", "--slots", "1", "--json"))
        {
            var client = await Polling.Server(first, folder.Data);
            await Polling.Until(first, () => client.ListRuns("last"), runs => runs.Any(r => r.State == RunState.Measuring));
            await Polling.Until(first, () => Task.FromResult(Facts(folder, "heads,ablations").Count), measured => measured is > 20 and < 4 * 81);
            await first.Signal("KILL");
            await first.End();
        }
        var before = Attempts(folder);

        // A second sweep over the same runs and two new ones: a pack of members that only measure and members that train.
        var document = await CommandLine.Json(folder, 0, "sweep", "submit", folder.Write("more.yaml", Small("more", "heads, ablations", "0..5")), "--embedded", "--slots", "1");
        Assert.Equal(6, (int)document["sweep"]!["runs"]!["completed"]!);
        var small = (await CommandLine.Json(folder, 0, "sweep", "list")).AsArray().Single(s => (string)s!["name"]! == "small")!;
        Assert.Equal("completed", (string?)(await CommandLine.Json(folder, 0, "sweep", "measure", (string)small["id"]!))["sweep"]!["state"]);

        Assert.Equal(6 * 81, Facts(folder, "heads,ablations").Count);
        var after = Attempts(folder);
        Assert.All(before, old => Assert.Equal(old.Value, after[old.Key])); // what was measured before the kill was not measured again
        var runs = await Runs(folder);
        foreach (var run in new[] { runs[0]!, runs[^1]! }) // one that was there, one that is new
        {
            var attempts = (await CommandLine.Json(folder, 0, "run", "show", (string)run["id"]!))["attempts"]!.AsArray();
            Assert.Single(attempts, a => a!["only_measured"] is null);
        }
    }

    private static async Task<JsonArray> Runs(TestFolder folder) => (await CommandLine.Json(folder, 0, "run", "list", "last")).AsArray();

    /// <summary>Vectors of one set of measures by run and step.</summary>
    private static Dictionary<string, string> Facts(TestFolder folder, string measures) => Read(
        folder, $"select run_id || ' ' || step, hex(metrics) from facts where measures = '{measures}'").ToDictionary(r => r.Key, r => r.Value);

    /// <summary>Which attempt measured what, of the longer list.</summary>
    private static Dictionary<string, string> Attempts(TestFolder folder) => Read(
        folder, "select run_id || ' ' || step, attempt from facts where measures = 'heads,ablations'").ToDictionary(r => r.Key, r => r.Value);

    private static List<KeyValuePair<string, string>> Read(TestFolder folder, string sql)
    {
        using var connection = Open(folder);
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<KeyValuePair<string, string>>();
        while (reader.Read())
        {
            rows.Add(new(reader.GetString(0), reader.GetString(1)));
        }
        return rows;
    }

    private static void Alter(TestFolder folder, string sql)
    {
        using var connection = Open(folder);
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        Assert.NotEqual(0, command.ExecuteNonQuery());
    }

    private static SqliteConnection Open(TestFolder folder)
    {
        var connection = new SqliteConnection($"Data Source={Path.Combine(folder.Data, "orchestrator.db")};Pooling=False;Default Timeout=30");
        connection.Open();
        return connection;
    }
}

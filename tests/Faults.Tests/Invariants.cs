using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Npgsql;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Runs;

namespace Orchestrator.Faults.Tests;

/// <summary>What holds after every fault (design.md).</summary>
internal static class Invariants
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Waits for the end of a sweep and checks everything.</summary>
    /// <param name="cluster">The cluster, in which a silo of that number answers.</param>
    /// <param name="expected">What the sweep comes to where nothing goes wrong.</param>
    /// <param name="extraAttempts">Most executions beyond one for each run that the fault explains.</param>
    /// <param name="silo">Whom to ask.</param>
    public static async Task Hold(Cluster cluster, TestSweep expected, int extraAttempts, int silo = 1)
    {
        var id = expected.Result.Sweep.Id;
        var (result, runs) = await HoldWithin(cluster, id, extraAttempts, silo);

        // Aggregates equal those of one undisturbed process, to the bit; so do the weights of every run.
        Assert.Equal(expected.Result.Sweep.Runs.Total, result.Sweep.Runs.Total);
        Assert.Equal(JsonSerializer.Serialize(expected.Result.Groups, Json.Options), JsonSerializer.Serialize(result.Groups, Json.Options));
        Assert.Equal(expected.Weights, runs.ToDictionary(run => run.Id, run => run.WeightsHash));
    }

    /// <summary>Waits for the end of a sweep and checks all that can be checked without knowing what it comes to.</summary>
    public static async Task<(SweepResult Result, IReadOnlyList<RunDetail> Runs)> HoldWithin(Cluster cluster, string id, int extraAttempts, int silo = 1)
    {
        var client = cluster.Client(silo);
        SweepResult result = null!;
        await cluster.Until("the sweep has ended", async () => (result = await client.GetSweep(id, Cancellation)).Sweep.State != SweepState.Running);

        // Counts by state sum to the expansion, and all of it completed.
        Assert.True(result.Sweep.State == SweepState.Completed, $"the sweep is {result.Sweep.State}: {result.Sweep.Reason}\n{cluster.Said()}");
        Assert.Equal(result.Sweep.Runs.Total, result.Sweep.Runs.Completed);
        var runs = await client.ListRuns(id, Cancellation);
        Assert.Equal(result.Sweep.Runs.Total, runs.Count);

        // Every run has exactly one attempt that completed, and it is the last; no more were made than faults explain.
        var attempts = new List<AttemptRecord>();
        foreach (var run in runs)
        {
            var detail = await client.GetRun(run.Id, Cancellation);
            Assert.Equal(RunState.Completed, detail.State);
            Assert.Single(detail.Attempts!, a => a.Outcome == "completed");
            Assert.Equal("completed", detail.Attempts![^1].Outcome);
            Assert.Equal(detail.Attempts!.Count, detail.Attempts!.Select(a => a.Attempt).Distinct().Count());
            attempts.AddRange(detail.Attempts!);
        }
        Assert.True(attempts.Count <= runs.Count + extraAttempts, $"{attempts.Count} attempts at {runs.Count} runs, and the fault explains {extraAttempts} more\n{cluster.Said()}");

        await FactsHold(cluster, runs);
        return (result, runs);
    }

    /// <summary>Every step that the plan asks for has one row of facts, under its run's last attempt or an earlier one; every artifact that is named is there and whole.</summary>
    private static async Task FactsHold(Cluster cluster, IReadOnlyList<RunDetail> runs)
    {
        await using var source = NpgsqlDataSource.Create(cluster.Database.Address());
        await using var command = source.CreateCommand("select run_id, step, weights_hash from facts");
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        var rows = new List<(string Run, int Step, string Hash)>();
        while (await reader.ReadAsync(Cancellation))
        {
            rows.Add((reader.GetString(0), reader.GetInt32(1), reader.GetString(2)));
        }
        Assert.Equal(rows.Count, rows.Select(row => (row.Run, row.Step)).Distinct().Count());
        foreach (var run in runs)
        {
            Assert.Equal(
                Enumerable.Range(0, 11).Select(i => i * run.FinalStep / 10).Select(step => step.ToString(CultureInfo.InvariantCulture)),
                rows.Where(row => row.Run == run.Id).Select(row => row.Step).Order().Select(step => step.ToString(CultureInfo.InvariantCulture)));
        }
        foreach (var hash in rows.Select(row => row.Hash).Concat(runs.Select(run => run.WeightsHash!)).Distinct())
        {
            var content = await cluster.Artifact(hash);
            Assert.Equal(hash, Convert.ToHexStringLower(SHA256.HashData(content)));
        }
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Client;
using Orchestrator.Contracts.Api;
using Orchestrator.Specification;

namespace Orchestrator.Silo.Tests;

/// <summary>Small sweeps for the scripted runner.</summary>
internal static class TestSweeps
{
    public static JsonObject Document(string name = "test", string seeds = "0..2", string layers = "[1, 2]", int every = 50, string extra = "", string measure = "heads, in-context-learning")
    {
        var reading = SweepFile.Parse($$"""
            name: {{name}}
            model: { layers: 2, heads: 2, d_model: 16, n_ctx: 32 }
            data: { kind: repeated-segments, vocab: 32, segment: [4, 8] }
            train: { steps: 100, batch: 32 }
            snapshots: { every: {{every}} }
            measure: [{{measure}}]
            seeds: {{seeds}}
            grid: { model.layers: {{layers}} }
            {{extra}}
            """, "test.yaml");
        Assert.True(reading.Succeeded, reading.Message);
        return reading.Value.Json;
    }

    /// <summary>As the wire has it: records compare their lists by reference.</summary>
    public static string Json<T>(T value) => JsonSerializer.Serialize(value, Contracts.Json.Options);

    /// <summary>Waits until the sweep has ended; fails with its progress after the bound.</summary>
    public static async Task<SweepResult> Ended(this OrchestratorClient client, string id, int seconds = 30) =>
        await Until(() => client.GetSweep(id), result => result.Sweep.State != SweepState.Running, seconds);

    /// <summary>Asks until the answer is as wanted; fails with the last answer after the bound.</summary>
    public static async Task<T> Until<T>(Func<Task<T>> ask, Func<T, bool> wanted, int seconds = 30)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        bound.CancelAfter(TimeSpan.FromSeconds(seconds));
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        var answer = await ask();
        while (!wanted(answer))
        {
            if (bound.IsCancellationRequested)
            {
                Assert.Fail($"not reached within {seconds} s; last seen: {answer}");
            }
            await pace.WaitForNextTickAsync(CancellationToken.None);
            answer = await ask();
        }
        return answer;
    }
}

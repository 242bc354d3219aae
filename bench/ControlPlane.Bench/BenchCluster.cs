using System.Text.Json.Nodes;
using Orchestrator.Client;
using Orchestrator.Contracts.Api;
using Orchestrator.Specification;

namespace Orchestrator.ControlPlane.Bench;

/// <summary>A control plane with one worker whose runs train nothing.</summary>
internal abstract class BenchCluster(OrchestratorClient client, NoOpRunner runner) : IAsyncDisposable
{
    private int _sweeps;

    public OrchestratorClient Client { get; } = client;

    public NoOpRunner Runner { get; } = runner;

    /// <summary>Processes that together carry a run, by name.</summary>
    public abstract IReadOnlyDictionary<string, int> Processes { get; }

    /// <summary>A sweep of one-step runs that has not been there before. A batch of 16 sequences goes alone, one of 4 in packs of 32.</summary>
    public JsonObject Sweep(int runs, bool packed, string measure = "in-context-learning")
    {
        var first = 1_000_000L * ++_sweeps;
        var reading = SweepFile.Parse($$"""
            name: bench-{{_sweeps}}
            model: { layers: 1, heads: 2, d_model: 16, n_ctx: 32 }
            data: { kind: repeated-segments, vocab: 32, segment: [4, 8] }
            train: { steps: 1, batch: {{(packed ? 4 : 16)}}, warmup: 0 }
            snapshots: { every: 1 }
            measure: [{{measure}}]
            seeds: {{first}}..{{first + runs - 1}}
            """, "bench.yaml");
        return reading.Value?.Json ?? throw new InvalidOperationException(reading.Message);
    }

    /// <summary>Waits for the end of a sweep; throws where a run of it did not complete.</summary>
    public async Task Ended(string id, TimeSpan bound)
    {
        SweepStatus? last = null;
        await Until(async () => (last = await Client.GetStatus(id)).Sweep.State != SweepState.Running, $"sweep {id} ends", bound);
        if (last!.Sweep.Runs.Completed != last.Sweep.Runs.Total)
        {
            throw new InvalidOperationException($"not every run completed: {last.Sweep}");
        }
    }

    public abstract ValueTask DisposeAsync();

    /// <summary>Waits until something is so; throws if it does not become so in time.</summary>
    public static async Task Until(Func<Task<bool>> reached, string what, TimeSpan bound)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        using var limit = new CancellationTokenSource(bound);
        while (!await reached())
        {
            if (limit.IsCancellationRequested)
            {
                throw new TimeoutException($"{what}: not within {bound.TotalSeconds} s");
            }
            await pace.WaitForNextTickAsync();
        }
    }
}

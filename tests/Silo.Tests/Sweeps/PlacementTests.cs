using Orchestrator.Contracts.Api;

namespace Orchestrator.Silo.Tests.Sweeps;

public sealed class PlacementTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly ScriptedRunner _runner = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Runs_go_to_a_worker_that_has_what_their_sweep_requires()
    {
        await using var cluster = await EmbeddedCluster.Start(_folder.Path, _runner, labels: ["a100", "fast"]);

        var submitted = await cluster.Client.Submit(TestSweeps.Document(extra: "requires: { memory_gb: 0.5, device: cpu, labels: [a100] }"), Cancellation);

        Assert.Equal(SweepState.Completed, (await cluster.Client.Ended(submitted.Id)).Sweep.State);
    }

    [Fact]
    public async Task A_sweep_that_no_worker_suits_waits_and_says_so_and_others_go_on_in_spite_of_its_priority()
    {
        await using var cluster = await EmbeddedCluster.Start(_folder.Path, _runner, labels: ["a100"]);
        var picky = await cluster.Client.Submit(TestSweeps.Document(name: "picky", extra: "priority: 5\nrequires: { memory_gb: 512, labels: [a100] }"), Cancellation);
        var easy = await cluster.Client.Submit(TestSweeps.Document(name: "easy", seeds: "5..7"), Cancellation);

        Assert.Equal(SweepState.Completed, (await cluster.Client.Ended(easy.Id)).Sweep.State);
        var waiting = await TestSweeps.Until(async () => (await cluster.Client.GetSweep(picky.Id, Cancellation)).Sweep.Waiting, why => why is not null);

        Assert.Equal("no worker that is connected has what the sweep requires (memory_gb 512, labels a100)", waiting);
        var runs = (await cluster.Client.GetSweep(picky.Id, Cancellation)).Sweep.Runs;
        Assert.Equal(runs.Total, runs.Pending);
    }
}

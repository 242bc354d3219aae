using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Storage.Artifacts;

namespace Orchestrator.Silo.Tests.Sweeps;

public sealed class RetentionTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly ScriptedRunner _runner = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("", "60, 70")]
    [InlineData("retention: { checkpoints: 1 }", "70")]
    [InlineData("retention: { checkpoints: 3, completed: keep }", "50, 60, 70")]
    public async Task Of_an_open_run_the_newest_checkpoints_are_kept(string retention, string kept)
    {
        _runner.HoldUntilDrained = (_, step) => step == 80;
        await using var cluster = await EmbeddedCluster.Start(_folder.Path, _runner);

        var id = await Submit(cluster, retention);

        Assert.Equal(kept, await Stored(cluster, id, until: kept));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("retention: { checkpoints: 3 }", "")]
    [InlineData("retention: { completed: keep }", "90, 100")]
    public async Task A_completed_run_keeps_its_checkpoints_where_the_sweep_says_so(string retention, string kept)
    {
        await using var cluster = await EmbeddedCluster.Start(_folder.Path, _runner);

        var id = await Submit(cluster, retention);
        await cluster.Client.Ended(id);

        Assert.Equal(kept, await Stored(cluster, id, until: kept));
    }

    private static async Task<string> Submit(EmbeddedCluster cluster, string retention) =>
        (await cluster.Client.Submit(TestSweeps.Document(seeds: "0", layers: "[2]", every: 10, extra: retention), Cancellation)).Id;

    /// <summary>Steps whose checkpoints are in the store: as soon as they are what is expected, or after a bound.</summary>
    private static async Task<string> Stored(EmbeddedCluster cluster, string sweep, string until)
    {
        var store = cluster.Services.GetRequiredService<IArtifactStore>();
        var run = (await cluster.Client.ListRuns(sweep, Cancellation)).Single().Id;
        return await TestSweeps.Until(async () =>
        {
            var steps = new List<int>();
            for (var step = 0; step <= 100; step += 10)
            {
                if (await store.Exists(Hash($"checkpoint of {run} at {step}"), Cancellation))
                {
                    steps.Add(step);
                }
            }
            return string.Join(", ", steps);
        }, stored => stored == until);
    }

    private static string Hash(string text) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}

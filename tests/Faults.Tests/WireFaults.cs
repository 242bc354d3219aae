using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Work;
using Orchestrator.Messaging;
using Orchestrator.Messaging.RabbitMq;

namespace Orchestrator.Faults.Tests;

/// <summary>Who speaks to the control plane and should not, or too often (design.md, faults 24 and 26, and attackers).</summary>
public sealed class WireFaults
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Fault_24_one_submission_sent_ten_times_at_once_is_one_sweep()
    {
        var sweep = await TestSweep.Undisturbed(steps: 2000, runs: 3);
        await using var cluster = await Cluster.Start(new ClusterSettings { Silos = 2 });

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => cluster.Client(1 + i % 2).Submit(sweep.Document, Cancellation)));

        Assert.Single(answers, answer => answer.Created);
        Assert.Single(await cluster.Client().ListSweeps(Cancellation));
        await Invariants.Hold(cluster, sweep, extraAttempts: 0);
    }

    [Fact(Explicit = true)]
    public async Task Fault_26_a_worker_of_another_release_is_refused_with_the_reason_and_gets_no_work()
    {
        var sweep = await TestSweep.Undisturbed(steps: 2000, runs: 3);
        await using var cluster = await Cluster.Start();
        using var stranger = await Stranger.Join(cluster, "old#1");

        var welcome = await stranger.Control.Hello(new WorkerHello("old#1", "cpu", 1, "elsewhere", 8, [], "proof", Versions.Protocol - 1, Versions.Trainer, Versions.Metrics), Cancellation);

        Assert.False(welcome.Accepted);
        Assert.Contains($"speaks protocol {Versions.Protocol - 1}", welcome.Reason, StringComparison.Ordinal);
        await cluster.Client().Submit(sweep.Document, Cancellation);
        await Invariants.Hold(cluster, sweep, extraAttempts: 0);
        Assert.DoesNotContain(await cluster.Client().ListWorkers(Cancellation), w => w.Id == "old#1");
    }

    [Fact]
    public async Task Attack_results_for_a_run_of_somebody_else_are_refused_and_change_nothing()
    {
        var sweep = await TestSweep.Undisturbed(steps: 2000, runs: 3);
        await using var cluster = await Cluster.Start();
        using var stranger = await Stranger.Join(cluster, "thief#1");
        await cluster.Client().Submit(sweep.Document, Cancellation);
        var victim = (await cluster.InTraining("w1", atLeast: 100))[0];
        var current = (await cluster.Client().GetRun(victim, Cancellation)).Attempts![^1];
        var run = new RunAttempt(victim, current.Attempt);

        var claim = await stranger.Control.Claim(new ClaimPack("thief#1", "none", [run, run with { Attempt = 99 }, new RunAttempt("no-such-run", 1)], false), Cancellation);
        var finished = await stranger.Control.Report(new RunReport("thief#1", run, [], [], new AttemptEnd(RunOutcome.Completed, 2000, null, 0), run.RunId), Cancellation);
        var forged = await stranger.Control.Report(new RunReport(current.Worker!, run, [new MeasuredSnapshot(123, Versions.Metrics, [], [1, 2, 3], "../../etc/passwd")], [], null, run.RunId), Cancellation);

        Assert.Empty(claim.Granted);
        Assert.Equal(3, claim.Refused.Count);
        Assert.False(finished.Accepted);
        Assert.Contains("not current", finished.Reason, StringComparison.Ordinal);
        Assert.False(forged.Accepted);
        await Invariants.Hold(cluster, sweep, extraAttempts: sweep.Weights.Count);
        Assert.Contains("thief#1", cluster.Silo(1).Error, StringComparison.Ordinal); // audited
    }
}

/// <summary>Somebody with the broker's password who is no worker of ours.</summary>
internal sealed class Stranger : IDisposable
{
    private readonly IHost _host;

    private Stranger(IHost host) => _host = host;

    public IControlPlane Control => _host.Services.GetRequiredService<IControlPlane>();

    public static async Task<Stranger> Join(Cluster cluster, string id)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddLogging();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IWorkHandler, NoWork>();
        builder.Services.AddWorkerMessaging(BrokerOptions.Parse(cluster.Broker.Address()), new WorkerEndpoint(id, 1));
        var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        return new Stranger(host);
    }

    public void Dispose() => _host.Dispose();

    private sealed class NoWork : IWorkHandler
    {
        public Task<bool> Train(TrainPack pack, bool redelivered, CancellationToken cancellation) => throw new InvalidOperationException("nobody sends work here");

        public void Stop(StopRuns stop)
        {
        }
    }
}

namespace Orchestrator.Faults.Tests;

/// <summary>What happens to the broker and to the messages (design.md, faults 8 to 10, 13 to 15).</summary>
public sealed class BrokerFaults
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory(Explicit = true)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Fault_08_after_a_restart_of_the_broker_every_consumer_returns(bool killed)
    {
        var sweep = await TestSweep.Undisturbed(steps: 4000, runs: 3);
        await using var cluster = await Cluster.Start();
        await cluster.Client().Submit(sweep.Document, Cancellation);
        await cluster.InTraining("w1", atLeast: 300);

        await (killed ? cluster.Broker.Kill() : cluster.Broker.Stop());
        await cluster.Broker.StartConfigured();

        // A worker that cannot renew in time stops itself, as it must: whatever it held may be trained once more.
        await Invariants.Hold(cluster, sweep, extraAttempts: 2 * sweep.Weights.Count);
    }

    [Fact(Explicit = true)]
    public async Task Fault_09_workers_that_are_cut_off_from_the_broker_come_back()
    {
        var sweep = await TestSweep.Undisturbed(steps: 4000, runs: 3);
        await using var cluster = await Cluster.Start();
        await cluster.Client().Submit(sweep.Document, Cancellation);
        await cluster.InTraining("w1", atLeast: 300);

        cluster.BrokerOfWorkers.Cut();
        await Task.Delay(1.5 * cluster.Lease, Cancellation); // the length of the fault
        cluster.BrokerOfWorkers.Mend();

        await Invariants.Hold(cluster, sweep, extraAttempts: 2 * sweep.Weights.Count);
    }

    [Fact(Explicit = true)]
    public async Task Fault_09_silos_that_are_cut_off_from_the_broker_take_no_lease_away()
    {
        var sweep = await TestSweep.Undisturbed(steps: 8000, runs: 2);
        await using var cluster = await Cluster.Start(new ClusterSettings { Lease = TimeSpan.FromSeconds(30) });
        await cluster.Client().Submit(sweep.Document, Cancellation);
        await cluster.InTraining("w1", atLeast: 300);

        cluster.BrokerOfSilos.Cut();
        await Task.Delay(TimeSpan.FromSeconds(10), Cancellation); // less than a lease: the workers' own clocks go on
        cluster.BrokerOfSilos.Mend();

        await Invariants.Hold(cluster, sweep, extraAttempts: 0);
    }

    [Fact(Explicit = true)]
    public async Task Fault_10_a_broker_that_is_out_of_memory_slows_everything_down_and_breaks_nothing()
    {
        var sweep = await TestSweep.Undisturbed(steps: 4000, runs: 3);
        await using var cluster = await Cluster.Start(new ClusterSettings { Lease = TimeSpan.FromSeconds(15) });
        await cluster.Client().Submit(sweep.Document, Cancellation);
        await cluster.InTraining("w1", atLeast: 300);

        await cluster.Broker.Control("set_vm_memory_high_watermark", "0.0001"); // publishers are blocked
        await Task.Delay(TimeSpan.FromSeconds(8), Cancellation);
        await cluster.Broker.Control("set_vm_memory_high_watermark", "0.4");

        await Invariants.Hold(cluster, sweep, extraAttempts: 2 * sweep.Weights.Count);
    }

    [Fact(Explicit = true)]
    public async Task Fault_13_every_message_delivered_two_to_five_times_counts_once()
    {
        var sweep = await TestSweep.Undisturbed(steps: 2000, runs: 3);
        await using var cluster = await Cluster.Start();
        await using var between = await Interposer.Start(cluster.Broker, ["control", "train.cpu"], copies: i => 2 + i % 4, delay: _ => TimeSpan.Zero);
        await cluster.Client().Submit(sweep.Document, Cancellation);

        await Invariants.Hold(cluster, sweep, extraAttempts: 0);
        Assert.True(between.Messages > 50, $"only {between.Messages} messages came by");
    }

    [Fact(Explicit = true)]
    public async Task Fault_14_messages_that_come_late_and_out_of_order_change_nothing()
    {
        var sweep = await TestSweep.Undisturbed(steps: 2000, runs: 3);
        await using var cluster = await Cluster.Start();
        await using var between = await Interposer.Start(cluster.Broker, ["control", "train.cpu"], copies: _ => 1, delay: i => TimeSpan.FromMilliseconds(i * 7919 % 400));
        await cluster.Client().Submit(sweep.Document, Cancellation);

        await Invariants.Hold(cluster, sweep, extraAttempts: 0);
        Assert.True(between.Messages > 50, $"only {between.Messages} messages came by");
    }

    [Fact(Explicit = true)]
    public async Task Fault_15_poison_and_foreign_messages_block_nobody()
    {
        var sweep = await TestSweep.Undisturbed(steps: 2000, runs: 3);
        await using var cluster = await Cluster.Start();
        await Interposer.Poison(cluster.Broker, ["control", "train.cpu"]);
        await cluster.Client().Submit(sweep.Document, Cancellation);
        await Interposer.Poison(cluster.Broker, ["control", "train.cpu"]);

        await Invariants.Hold(cluster, sweep, extraAttempts: 0);
        var queues = await cluster.Broker.Control("list_queues", "name", "messages", "--quiet");
        Assert.Contains("train.cpu_error", queues, StringComparison.Ordinal); // kept for whoever looks into it
    }
}

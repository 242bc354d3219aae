using System.Diagnostics;
using System.Globalization;
using RabbitMQ.Client;

namespace Orchestrator.Faults.Tests;

/// <summary>
/// A process that stands still for longer than the broker waits for it (SIGSTOP; a virtual machine that is moved): how soon its consumer
/// is back, counted at the broker, and what became of the runs.
/// </summary>
public sealed class Pauses
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(32); // the broker has closed the connection of a client that says nothing for 30 s
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(20);
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory(Explicit = true)]
    [InlineData("silo1", "control", 1, 20, "15 s")]
    [InlineData("w1", "train.cpu", 2, 5, "takes work again")]
    public async Task Recovery_of_the_consumer_of_a_process_that_was_paused_is_measured(string paused, string queue, int consumers, int times, string wanted)
    {
        await using var cluster = await Cluster.Start(new ClusterSettings { Lease = TimeSpan.FromSeconds(90) });
        var took = new List<TimeSpan>();
        var (ended, again) = (0, 0);
        for (var time = 0; time < times; time++)
        {
            var sweep = (await cluster.Client().Submit(TestSweep.Untrained(2000, runs: 6, from: 1000 * (1 + time)), Cancellation)).Id;
            await cluster.InTraining("w1", atLeast: 200);
            await cluster.Process(paused).Signal("STOP");
            await Task.Delay(Shortest + (Longest - Shortest) * time / times, Cancellation); // the length of the fault
            await cluster.Process(paused).Signal("CONT");

            var (back, restarts) = await Back(cluster, paused, queue, consumers);
            took.Add(back);
            ended += restarts;
            var (_, runs) = await Invariants.HoldWithin(cluster, sweep, extraAttempts: 12);
            again += (await Task.WhenAll(runs.Select(run => cluster.Client().GetRun(run.Id, Cancellation)))).Count(run => run.Attempts!.Count > 1);
        }
        took.Sort();
        await Recovery.Report(
            string.Create(CultureInfo.InvariantCulture, $"{(queue == "control" ? "a silo" : "a worker")} stands still for {Shortest.TotalSeconds} to {Longest.TotalSeconds} s, {times} times: its consumer is back, no run is lost"),
            string.Create(CultureInfo.InvariantCulture, $"median {took[took.Count / 2].TotalSeconds:F1} s, worst {took[^1].TotalSeconds:F1} s; ended {ended} times; {again} of {12 * times} runs were trained again"), wanted);
    }

    /// <summary>
    /// Watches a queue; when it last had too few consumers, and how often the process ended and was started anew, as its supervisor
    /// does. Consumers that were seen once are not enough: the broker may not have noticed yet that one is gone.
    /// </summary>
    private static async Task<(TimeSpan Back, int Restarts)> Back(Cluster cluster, string process, string queue, int consumers)
    {
        await using var connection = await new ConnectionFactory { Uri = new Uri(cluster.Broker.Address()) }.CreateConnectionAsync(Cancellation);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancellation);
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        var clock = Stopwatch.StartNew();
        var (back, restarts) = (TimeSpan.Zero, 0);
        while (clock.Elapsed < Watched || clock.Elapsed - back < TimeSpan.FromSeconds(5))
        {
            if (cluster.Process(process).HasExited)
            {
                cluster.Start(process);
                restarts++;
            }
            if (await channel.ConsumerCountAsync(queue, Cancellation) < consumers)
            {
                back = clock.Elapsed;
            }
            Assert.True(clock.Elapsed < TimeSpan.FromMinutes(3), $"the queue {queue} has too few consumers\n{cluster.Said()}");
            await pace.WaitForNextTickAsync(Cancellation);
        }
        TestContext.Current.TestOutputHelper!.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{process}: back after {back.TotalSeconds:F1} s, {restarts} restarts"));
        return (back, restarts);
    }
}

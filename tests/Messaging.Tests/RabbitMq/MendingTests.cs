using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orchestrator.Contracts.Work;
using Orchestrator.Messaging.Bus;
using Orchestrator.Messaging.RabbitMq;
using RabbitMQ.Client;

namespace Orchestrator.Messaging.Tests.RabbitMq;

/// <summary>A bus that says nothing of being dead, as the library leaves one behind at times: stopped behind the back of whoever uses it.</summary>
public abstract class MendingTests
{
    private protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private protected static Task Deaden(BusLine line) => ((IBusControl)line.Bus).StopAsync(Cancellation);

    private protected static async Task Until(Func<bool> holds)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!holds())
        {
            await pace.WaitForNextTickAsync(Cancellation);
        }
    }

    private protected static Task Ended(IHost host)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(ended.SetResult);
        return ended.Task;
    }
}

public sealed class SiloMendingTests : MendingTests
{
    [Fact(Timeout = 120_000)]
    public async Task A_silo_whose_consumer_is_gone_is_not_up_and_mends_itself()
    {
        var token = TestContext.Current.CancellationToken;
        using var silo = await Ends.Silo(await SharedRabbitMq.NewVirtualHost(), new Deaf(), token);
        var (health, line) = (silo.Services.GetRequiredService<IBusHealth>(), silo.Services.GetRequiredService<BusLine>());
        await Until(() => health.Up);
        var before = line.Bus;

        await Deaden(line);

        Assert.False(health.Up);
        await Until(() => health.Up);
        Assert.NotSame(before, line.Bus);
        await silo.StopAsync(token);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_silo_that_no_new_bus_helps_ends()
    {
        var token = TestContext.Current.CancellationToken;
        var broker = await SharedRabbitMq.NewVirtualHost();
        using var silo = await Ends.Silo(broker, new Deaf(), token);
        var (ended, pulse) = (Ended(silo), silo.Services.GetRequiredService<ControlPulse>());
        await using var connection = await new ConnectionFactory { Uri = new Uri(broker) }.CreateConnectionAsync(token);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: token);
        await channel.QueueUnbindAsync("control", "control", "", cancellationToken: token); // the broker takes pings, and nobody gets them
        for (var renewal = 0; renewal < ControlPulse.MostRenewals; renewal++)
        {
            pulse.Renewed();
        }

        await ended.WaitAsync(token);
    }
}

public sealed class WorkerMendingTests : MendingTests
{
    [Fact(Timeout = 120_000)]
    public async Task A_worker_that_no_pack_comes_to_although_some_wait_takes_them_over_a_new_bus()
    {
        var token = TestContext.Current.CancellationToken;
        var (broker, handler) = (await SharedRabbitMq.NewVirtualHost(), new Handler());
        using var silo = await Ends.Silo(broker, new Deaf(), token);
        using var worker = await Ends.Worker(broker, handler, token);
        await Until(() => worker.Services.GetRequiredService<IWorkQueues>().Taken.Count == 1);
        await Deaden(worker.Services.GetRequiredService<WorkLine>());

        await silo.Services.GetRequiredService<IWorkers>().Send("cpu", new TrainPack("waits", []), token);

        Assert.Equal(("waits", false), await handler.Next(token));
        await Task.WhenAll(worker.StopAsync(token), silo.StopAsync(token));
    }
}

public sealed class OrdersMendingTests : MendingTests
{
    [Fact(Timeout = 120_000)]
    public async Task A_worker_that_does_not_hear_itself_on_its_control_bus_gets_a_new_one()
    {
        var token = TestContext.Current.CancellationToken;
        var broker = await SharedRabbitMq.NewVirtualHost();
        using var silo = await Ends.Silo(broker, new Deaf(), token);
        using var worker = await Ends.Worker(broker, new Handler(), token);
        var line = worker.Services.GetRequiredService<BusLine>();
        var before = line.Bus;

        await Deaden(line);

        await Until(() => !ReferenceEquals(before, line.Bus));
        await silo.Services.GetRequiredService<IWorkers>().Stop("w#1", new StopRuns([]), token); // throws if no queue takes it
        await Task.WhenAll(worker.StopAsync(token), silo.StopAsync(token));
    }
}

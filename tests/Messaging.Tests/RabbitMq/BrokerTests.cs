using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Contracts.Work;
using Orchestrator.Messaging.RabbitMq;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Orchestrator.Messaging.Tests.RabbitMq;

/// <summary>What only a real broker does.</summary>
public sealed class BrokerTests
{
    private static readonly TrainPack Pack = new("pack", []);

    [Fact(Timeout = 60_000)]
    public async Task A_wrong_password_stops_the_start_and_is_not_in_the_message()
    {
        var broker = (await SharedRabbitMq.NewVirtualHost()).Replace("guest:guest", "guest:secret-word", StringComparison.Ordinal);
        var refused = await Assert.ThrowsAsync<BrokerException>(() => Ends.Silo(broker, new Deaf(), TestContext.Current.CancellationToken));
        Assert.Contains("does not accept the user or the password", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-word", refused.ToString(), StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_virtual_host_that_is_missing_stops_the_start_with_what_to_do()
    {
        var broker = await SharedRabbitMq.NewVirtualHost() + "-missing";
        var refused = await Assert.ThrowsAsync<BrokerException>(() => Ends.Silo(broker, new Deaf(), TestContext.Current.CancellationToken));
        Assert.Contains("add_vhost", refused.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_queue_of_the_same_name_that_is_another_stops_the_start_and_is_left_as_it_is()
    {
        var broker = await SharedRabbitMq.NewVirtualHost();
        await using var connection = await Connect(broker);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: TestContext.Current.CancellationToken);
        await channel.QueueDeclareAsync("train.cpu", durable: false, exclusive: false, autoDelete: false, cancellationToken: TestContext.Current.CancellationToken);

        var refused = await Assert.ThrowsAsync<BrokerException>(() => Ends.Silo(broker, new Deaf(), TestContext.Current.CancellationToken));

        Assert.Contains("train.cpu", refused.Message, StringComparison.Ordinal);
        Assert.Contains("virtual host of its own", refused.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_pack_that_was_sent_before_any_worker_came_waits_for_it()
    {
        var broker = await SharedRabbitMq.NewVirtualHost();
        using var silo = await Ends.Silo(broker, new Deaf(), TestContext.Current.CancellationToken);
        await silo.Services.GetRequiredService<IWorkers>().Send("cpu", Pack, TestContext.Current.CancellationToken);
        var handler = new Handler();
        using var worker = await Ends.Worker(broker, handler, TestContext.Current.CancellationToken);

        Assert.Equal(("pack", false), await handler.Next(TestContext.Current.CancellationToken));

        await Task.WhenAll(worker.StopAsync(TestContext.Current.CancellationToken), silo.StopAsync(TestContext.Current.CancellationToken));
    }

    [Fact(Timeout = 60_000)]
    public async Task Packs_that_are_sent_while_a_worker_ends_its_last_one_go_to_the_other_worker()
    {
        var (broker, token) = (await SharedRabbitMq.NewVirtualHost(), TestContext.Current.CancellationToken);
        using var silo = await Ends.Silo(broker, new Deaf(), token);
        var (leaving, staying) = (new Handler { Takes = pack => pack.PackId == "at hand" }, new Handler());
        using var first = await Ends.Worker(broker, leaving, token);
        await silo.Services.GetRequiredService<IWorkers>().Send("cpu", new TrainPack("at hand", []), token);
        Assert.Equal(("at hand", false), await leaving.Next(token));
        var left = first.Services.GetRequiredService<IWorkQueues>().Leave();
        using var second = await Ends.Worker(broker, staying, token, "w#2");

        for (var number = 0; number < 20; number++)
        {
            await silo.Services.GetRequiredService<IWorkers>().Send("cpu", new TrainPack($"{number}", []), token);
        }

        var taken = new HashSet<string>();
        while (taken.Count < 20)
        {
            taken.Add((await staying.Next(token)).Item1);
        }
        await left.WaitAsync(token);
        await Task.WhenAll(first.StopAsync(token), second.StopAsync(token), silo.StopAsync(token));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_pack_that_is_nonsense_goes_to_the_error_queue_and_the_next_one_is_taken()
    {
        var broker = await SharedRabbitMq.NewVirtualHost();
        using var silo = await Ends.Silo(broker, new Deaf(), TestContext.Current.CancellationToken);
        var handler = new Handler();
        using var worker = await Ends.Worker(broker, handler, TestContext.Current.CancellationToken);
        await using var connection = await Connect(broker);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: TestContext.Current.CancellationToken);

        await channel.BasicPublishAsync("", "train.cpu", "no envelope at all"u8.ToArray(), TestContext.Current.CancellationToken);
        await silo.Services.GetRequiredService<IWorkers>().Send("cpu", Pack, TestContext.Current.CancellationToken);

        Assert.Equal(("pack", false), await handler.Next(TestContext.Current.CancellationToken));
        await UntilOneIn("train.cpu_error", connection);
        await Task.WhenAll(worker.StopAsync(TestContext.Current.CancellationToken), silo.StopAsync(TestContext.Current.CancellationToken));
    }

    [Fact(Timeout = 60_000)]
    public async Task An_order_to_a_worker_that_is_gone_is_an_error_of_its_own()
    {
        var broker = await SharedRabbitMq.NewVirtualHost();
        using var silo = await Ends.Silo(broker, new Deaf(), TestContext.Current.CancellationToken);
        await Assert.ThrowsAnyAsync<Exception>(() => silo.Services.GetRequiredService<IWorkers>().Stop("gone#1", new StopRuns([]), TestContext.Current.CancellationToken));
        await silo.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_call_that_the_control_plane_cannot_answer_fails_at_the_worker_and_leaves_nothing_in_the_broker()
    {
        var broker = await SharedRabbitMq.NewVirtualHost();
        using var silo = await Ends.Silo(broker, new Deaf(), TestContext.Current.CancellationToken);
        using var worker = await Ends.Worker(broker, new Handler(), TestContext.Current.CancellationToken);

        var failed = await Assert.ThrowsAnyAsync<Exception>(() => worker.Services.GetRequiredService<IControlPlane>().Bye(new WorkerBye("w#1"), TestContext.Current.CancellationToken));

        Assert.Contains("the database is away", failed.ToString(), StringComparison.Ordinal);
        await using var connection = await Connect(broker);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(0u, await channel.MessageCountAsync("control", TestContext.Current.CancellationToken));
        await Assert.ThrowsAnyAsync<Exception>(() => channel.QueueDeclarePassiveAsync("control_error", TestContext.Current.CancellationToken));
        await Task.WhenAll(worker.StopAsync(TestContext.Current.CancellationToken), silo.StopAsync(TestContext.Current.CancellationToken));
    }

    private static Task<IConnection> Connect(string broker) => new ConnectionFactory { Uri = new Uri(broker) }.CreateConnectionAsync(TestContext.Current.CancellationToken);

    private static async Task UntilOneIn(string queue, IConnection connection)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (true)
        {
            await using var channel = await connection.CreateChannelAsync(cancellationToken: TestContext.Current.CancellationToken);
            try
            {
                if (await channel.MessageCountAsync(queue, TestContext.Current.CancellationToken) == 1)
                {
                    return;
                }
            }
            catch (OperationInterruptedException notYet) when (notYet.ShutdownReason?.ReplyCode == 404)
            {
                // it is made when the first message is moved there
            }
            await pace.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }
}

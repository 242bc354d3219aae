using System.Text.Json.Serialization;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Orchestrator.Contracts;
using Orchestrator.Messaging.Bus;
using Orchestrator.Messaging.Bus.Consumers;
using Orchestrator.Messaging.RabbitMq;

namespace Orchestrator.Messaging;

/// <summary>Who a worker is, on the bus.</summary>
/// <param name="Id">Its worker id: names its own queue.</param>
/// <param name="Slots">Packs taken at a time.</param>
public sealed record WorkerEndpoint(string Id, int Slots);

/// <summary>Puts the bus together. Nothing outside this project knows which library and which transport carry it.</summary>
public static class MessagingRegistration
{
    /// <summary>A control-plane call that is not answered in this time is repeated by the worker; a grain answers within ten seconds or not at all.</summary>
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(12);

    /// <summary>
    /// One process: control plane and, if one is given, its worker talk over memory. With a worker, the container must hold
    /// an <see cref="IWorkHandler"/>.
    /// </summary>
    /// <param name="services">The container.</param>
    /// <param name="answers">The control plane that answers, as opposed to the registered one, which asks over the bus.</param>
    /// <param name="worker">The local worker, or null.</param>
    public static IServiceCollection AddInMemoryMessaging(this IServiceCollection services, Func<IServiceProvider, IControlPlane> answers, WorkerEndpoint? worker)
    {
        services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            bus.UsingInMemory((context, transport) =>
            {
                Speak(transport);
                transport.ReceiveEndpoint(Endpoints.Control, endpoint => Answer(endpoint, answers(context), () => { }));
                if (worker is not null)
                {
                    transport.ReceiveEndpoint(Endpoints.Worker(worker.Id), endpoint => TakeOrders(endpoint, context));
                }
            });
        });
        services.AddSingleton<AlwaysUp>().AddSingleton<IBusHealth>(provider => provider.GetRequiredService<AlwaysUp>()).AddSingleton<IQueueDepths>(provider => provider.GetRequiredService<AlwaysUp>());
        if (worker is not null)
        {
            services.AddWorkQueues(provider => provider.GetRequiredService<IBus>, (queue, endpoint, deliveries, provider) =>
                TakePacks(endpoint, worker, Endpoints.InMemory.Address(queue), deliveries, provider));
        }
        return services.AddSenders(Endpoints.InMemory, provider => provider.GetRequiredService<IBus>)
            .AddAsker(Endpoints.InMemory, provider => provider.GetRequiredService<IBus>);
    }

    /// <summary>A silo of a cluster: answers the control queue and fills the work queues, which it declares before anything starts.</summary>
    /// <param name="services">The container.</param>
    /// <param name="broker">Where the broker is.</param>
    /// <param name="answers">The control plane that answers.</param>
    public static IServiceCollection AddSiloMessaging(this IServiceCollection services, BrokerOptions broker, Func<IServiceProvider, IControlPlane> answers)
    {
        ArgumentNullException.ThrowIfNull(broker);
        services.AddBrokerStart(broker);
        services.AddLine(provider => new BusLine("control", transport =>
        {
            transport.Connect(broker, "silo");
            Speak(transport);
            transport.ReceiveEndpoint(Endpoints.Control, endpoint =>
            {
                Topology.Apply(endpoint, Endpoints.Control);
                endpoint.DiscardFaultedMessages(); // whoever asked is told, and asks again
                Answer(endpoint, answers(provider), provider.GetRequiredService<ControlPulse>().Heard);
            });
        }, provider.GetRequiredService<ILoggerFactory>()));
        services.AddControlWatch(_ => new OwnPing(Endpoints.Control, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), PingSilos));
        services.AddSingleton<IBusHealth, BusHealth>();
        services.AddSingleton<IBroker>(new BrokerLook(broker));
        services.AddSingleton<QueueWatch>().AddSingleton<IQueueDepths>(provider => provider.GetRequiredService<QueueWatch>()).AddHostedService(provider => provider.GetRequiredService<QueueWatch>());
        return services.AddSenders(Endpoints.RabbitMq, Control);
    }

    /// <summary>
    /// A worker of a cluster. Work and control are two buses on two connections: a broker that closes a channel, because a
    /// delivery has been open for too long, stalls everything on that connection. The container must hold an <see cref="IWorkHandler"/>.
    /// </summary>
    public static IServiceCollection AddWorkerMessaging(this IServiceCollection services, BrokerOptions broker, WorkerEndpoint worker)
    {
        ArgumentNullException.ThrowIfNull(broker);
        ArgumentNullException.ThrowIfNull(worker);
        services.AddBrokerStart(broker);
        services.AddLine(provider => new BusLine("control", transport =>
        {
            transport.Connect(broker, $"control of {worker.Id}");
            Speak(transport);
            transport.ReceiveEndpoint(Endpoints.Worker(worker.Id), endpoint =>
            {
                Topology.ApplyTemporary(endpoint, Endpoints.Worker(worker.Id));
                TakeOrders(endpoint, provider);
            });
        }, provider.GetRequiredService<ILoggerFactory>()));
        services.AddLine(provider => new WorkLine(transport =>
        {
            transport.Connect(broker, $"work of {worker.Id}");
            Speak(transport);
        }, provider.GetRequiredService<ILoggerFactory>()));
        services.AddWorkQueues(provider => () => provider.GetRequiredService<WorkLine>().Bus, (queue, endpoint, deliveries, provider) =>
        {
            Topology.Apply((IRabbitMqReceiveEndpointConfigurator)endpoint, queue);
            TakePacks(endpoint, worker, Endpoints.RabbitMq.Address(queue), deliveries, provider);
        });
        services.AddControlWatch(provider => new OwnPing(Endpoints.Worker(worker.Id), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(3), async (bus, cancellation) =>
        {
            await PingSelf(bus, worker.Id, cancellation);
            provider.GetRequiredService<ControlPulse>().Heard();
        }));
        services.AddSingleton(worker).AddHostedService<WorkWatch>();
        return services.AddAsker(Endpoints.RabbitMq, Control);
    }

    private static Func<IBus> Control(IServiceProvider provider) => () => provider.GetRequiredService<BusLine>().Bus;

    private static IServiceCollection AddLine<TLine>(this IServiceCollection services, Func<IServiceProvider, TLine> make)
        where TLine : BusLine =>
        services.AddSingleton(make).AddHostedService(provider => provider.GetRequiredService<TLine>());

    private static void AddControlWatch(this IServiceCollection services, Func<IServiceProvider, OwnPing> ping)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<ControlPulse>().AddSingleton(ping).AddHostedService<ControlWatch>();
    }

    private static async Task PingSilos(IBus bus, CancellationToken cancellation)
    {
        var control = await bus.GetSendEndpoint(Endpoints.RabbitMq.Address(Endpoints.Control));
        await control.Send(new Ping(Environment.MachineName), context => context.Durable = false, cancellation);
    }

    /// <summary>To the worker's own queue, and back to the queue that it gets answers by.</summary>
    private static async Task PingSelf(IBus bus, string workerId, CancellationToken cancellation)
    {
        var client = bus.CreateRequestClient<Ping>(Endpoints.RabbitMq.WorkerAddress(workerId));
        await client.GetResponse<Pong>(new Ping(workerId), context => context.UseExecute(send =>
        {
            send.Durable = false;
            send.TrySetRoutingKey(Endpoints.Worker(workerId));
        }), cancellation);
    }

    private static IServiceCollection AddSenders(this IServiceCollection services, Endpoints endpoints, Func<IServiceProvider, Func<IBus>> bus)
    {
        services.TryAddSingleton(TimeProvider.System);
        return services.AddSingleton<RecentQueues>()
            .AddSingleton<IWorkers>(provider => new BusWorkers(
                bus(provider), endpoints, provider.GetRequiredService<RecentQueues>(), provider.GetService<BusWorkQueues>() is { } local ? local.Connected : null));
    }

    private static IServiceCollection AddAsker(this IServiceCollection services, Endpoints endpoints, Func<IServiceProvider, Func<IBus>> bus) =>
        services.AddSingleton<IControlPlane>(provider => new BusControlPlane(bus(provider), endpoints, AnswerWithin));

    private static void AddWorkQueues(
        this IServiceCollection services, Func<IServiceProvider, Func<IBus>> bus, Action<string, IReceiveEndpointConfigurator, Deliveries, IServiceProvider> take) =>
        services.AddSingleton(provider => new BusWorkQueues(
                bus(provider), (queue, endpoint, deliveries) => take(queue, endpoint, deliveries, provider), provider.GetRequiredService<ILogger<BusWorkQueues>>()))
            .AddSingleton<IWorkQueues>(provider => provider.GetRequiredService<BusWorkQueues>());

    private static void Speak(IBusFactoryConfigurator transport) => transport.ConfigureJsonSerializerOptions(options =>
    {
        Json.Configure(options);
        options.WriteIndented = false;
        options.NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals; // a loss can be NaN
        return options;
    });

    private static void Answer(IReceiveEndpointConfigurator endpoint, IControlPlane control, Action heard)
    {
        endpoint.PrefetchCount = 256;
        endpoint.Consumer(() =>
        {
            heard();
            return new ControlPlaneConsumer(control);
        });
    }

    private static void TakePacks(IReceiveEndpointConfigurator endpoint, WorkerEndpoint worker, Uri queue, Deliveries deliveries, IServiceProvider services)
    {
        endpoint.PrefetchCount = worker.Slots;
        endpoint.ConcurrentMessageLimit = worker.Slots;
        endpoint.Consumer(() => new TrainPackConsumer(services.GetRequiredService<IWorkHandler>(), queue, deliveries));
    }

    private static void TakeOrders(IReceiveEndpointConfigurator endpoint, IServiceProvider services) =>
        endpoint.Consumer(() => new OrdersConsumer(services.GetRequiredService<IWorkHandler>()));
}

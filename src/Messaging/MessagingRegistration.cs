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
                transport.ReceiveEndpoint(Endpoints.Control, endpoint => Answer(endpoint, answers(context), new ControlPulse()));
                if (worker is not null)
                {
                    transport.ReceiveEndpoint(Endpoints.Worker(worker.Id), endpoint => TakeOrders(endpoint, context));
                }
            });
        });
        services.AddSingleton<IBusHealth, AlwaysUp>();
        if (worker is not null)
        {
            services.AddWorkQueues<IBus>((queue, endpoint, provider) => TakePacks(endpoint, worker, Endpoints.InMemory.Address(queue), provider));
        }
        return services.AddSenders(Endpoints.InMemory).AddAsker(Endpoints.InMemory);
    }

    /// <summary>A silo of a cluster: answers the control queue and fills the work queues, which it declares before anything starts.</summary>
    /// <param name="services">The container.</param>
    /// <param name="broker">Where the broker is.</param>
    /// <param name="answers">The control plane that answers.</param>
    public static IServiceCollection AddSiloMessaging(this IServiceCollection services, BrokerOptions broker, Func<IServiceProvider, IControlPlane> answers)
    {
        ArgumentNullException.ThrowIfNull(broker);
        services.AddBrokerStart(broker);
        services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            bus.UsingRabbitMq((context, transport) =>
            {
                transport.Connect(broker, "silo");
                Speak(transport);
                transport.ReceiveEndpoint(Endpoints.Control, endpoint =>
                {
                    Topology.Apply(endpoint, Endpoints.Control);
                    endpoint.DiscardFaultedMessages(); // whoever asked is told, and asks again
                    Answer(endpoint, answers(context), context.GetRequiredService<ControlPulse>());
                });
            });
        });
        services.AddSingleton<ControlPulse>();
        services.AddSingleton<IBusHealth, BusHealth>();
        services.AddHostedService<ControlWatch>();
        services.AddSingleton<IBroker>(new BrokerLook(broker));
        services.AddHostedService<QueueWatch>();
        return services.AddSenders(Endpoints.RabbitMq);
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
        services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            bus.UsingRabbitMq((context, transport) =>
            {
                transport.Connect(broker, $"control of {worker.Id}");
                Speak(transport);
                transport.ReceiveEndpoint(Endpoints.Worker(worker.Id), endpoint =>
                {
                    Topology.ApplyTemporary(endpoint, Endpoints.Worker(worker.Id));
                    TakeOrders(endpoint, context);
                });
            });
        });
        services.AddMassTransit<IWorkBus>(bus =>
        {
            bus.DisableUsageTelemetry();
            bus.UsingRabbitMq((context, transport) =>
            {
                transport.Connect(broker, $"work of {worker.Id}");
                Speak(transport);
            });
        });
        services.AddWorkQueues<IWorkBus>((queue, endpoint, provider) =>
        {
            Topology.Apply((IRabbitMqReceiveEndpointConfigurator)endpoint, queue);
            TakePacks(endpoint, worker, Endpoints.RabbitMq.Address(queue), provider);
        });
        return services.AddAsker(Endpoints.RabbitMq);
    }

    private static IServiceCollection AddSenders(this IServiceCollection services, Endpoints endpoints)
    {
        services.TryAddSingleton(TimeProvider.System);
        return services.AddSingleton<RecentQueues>()
            .AddSingleton<IWorkers>(provider => new BusWorkers(
                provider.GetRequiredService<IBus>(), endpoints, provider.GetRequiredService<RecentQueues>(), provider.GetService<BusWorkQueues>() is { } local ? local.Connected : null));
    }

    private static IServiceCollection AddAsker(this IServiceCollection services, Endpoints endpoints) =>
        services.AddSingleton<IControlPlane>(provider => new BusControlPlane(provider.GetRequiredService<IBus>(), endpoints, AnswerWithin));

    private static void AddWorkQueues<TBus>(this IServiceCollection services, Action<string, IReceiveEndpointConfigurator, IServiceProvider> take)
        where TBus : class, IBus =>
        services.AddSingleton(provider => new BusWorkQueues(
                provider.GetRequiredService<TBus>(), (queue, endpoint) => take(queue, endpoint, provider), provider.GetRequiredService<ILogger<BusWorkQueues>>()))
            .AddSingleton<IWorkQueues>(provider => provider.GetRequiredService<BusWorkQueues>());

    private static void Speak(IBusFactoryConfigurator transport) => transport.ConfigureJsonSerializerOptions(options =>
    {
        Json.Configure(options);
        options.WriteIndented = false;
        options.NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals; // a loss can be NaN
        return options;
    });

    private static void Answer(IReceiveEndpointConfigurator endpoint, IControlPlane control, ControlPulse pulse)
    {
        endpoint.PrefetchCount = 256;
        endpoint.Consumer(() =>
        {
            pulse.Heard();
            return new ControlPlaneConsumer(control);
        });
    }

    private static void TakePacks(IReceiveEndpointConfigurator endpoint, WorkerEndpoint worker, Uri queue, IServiceProvider services)
    {
        endpoint.PrefetchCount = worker.Slots;
        endpoint.ConcurrentMessageLimit = worker.Slots;
        endpoint.Consumer(() => new TrainPackConsumer(services.GetRequiredService<IWorkHandler>(), queue));
    }

    private static void TakeOrders(IReceiveEndpointConfigurator endpoint, IServiceProvider services) =>
        endpoint.Consumer(() => new StopRunsConsumer(services.GetRequiredService<IWorkHandler>()));
}

using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Contracts;
using Orchestrator.Messaging.Consumers;

namespace Orchestrator.Messaging;

/// <summary>Who the local worker is, on the bus.</summary>
/// <param name="Id">Its worker id: names its own queue.</param>
/// <param name="Device">Device class: names the work queue.</param>
/// <param name="Slots">Packs taken at a time.</param>
public sealed record WorkerEndpoint(string Id, string Device, int Slots);

/// <summary>Puts the bus together. Nothing outside this project knows which library and which transport carry it.</summary>
public static class MessagingRegistration
{
    /// <summary>A control-plane call that is not answered in this time is repeated by the worker.</summary>
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(30);

    /// <summary>
    /// One process: control plane and, where one is given, its worker talk over memory. With a worker, the container must hold
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
                transport.ConfigureJsonSerializerOptions(options =>
                {
                    Json.Configure(options);
                    return options;
                });
                transport.ReceiveEndpoint(Endpoints.Control, endpoint =>
                {
                    endpoint.PrefetchCount = 256;
                    endpoint.Consumer(() => new ControlPlaneConsumer(answers(context)));
                });
                if (worker is null)
                {
                    return;
                }
                transport.ReceiveEndpoint(Endpoints.Train(worker.Device), endpoint =>
                {
                    endpoint.PrefetchCount = worker.Slots;
                    endpoint.ConcurrentMessageLimit = worker.Slots;
                    endpoint.Consumer(() => new TrainPackConsumer(context.GetRequiredService<IWorkHandler>()));
                });
                transport.ReceiveEndpoint(Endpoints.Worker(worker.Id), endpoint =>
                    endpoint.Consumer(() => new StopRunsConsumer(context.GetRequiredService<IWorkHandler>())));
            });
        });
        services.AddSingleton<IWorkers>(provider => new BusWorkers(provider.GetRequiredService<IBus>()));
        services.AddSingleton<IControlPlane>(provider => new BusControlPlane(provider.GetRequiredService<IBus>(), AnswerWithin));
        return services;
    }
}

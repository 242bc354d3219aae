namespace Orchestrator.Messaging.Bus;

/// <summary>
/// Names of the queues, and how a sender addresses them. Over memory a queue is addressed as itself; over RabbitMQ through its
/// exchange, because the bus would otherwise declare the queue a second time, with other arguments.
/// </summary>
internal sealed record Endpoints(string Scheme)
{
    public const string Control = "control";

    public const string Workers = "workers";

    public static Endpoints InMemory { get; } = new("queue");

    public static Endpoints RabbitMq { get; } = new("exchange");

    /// <summary>The name of a work queue on the bus.</summary>
    public static string Train(string queue) => $"train.{queue}";

    /// <summary>One queue per worker process; a worker id holds a '#', which a queue's address may not.</summary>
    public static string Worker(string workerId) => $"worker.{workerId.Replace('#', '.')}";

    public Uri Address(string queue) => new($"{Scheme}:{queue}");

    /// <summary>Where orders to one worker go. Over RabbitMQ all go to one exchange, which knows the workers that are there by their names.</summary>
    public Uri WorkerAddress(string workerId) => this == RabbitMq ? new($"{Scheme}:{Workers}?type=direct") : Address(Worker(workerId));
}

namespace Orchestrator.Messaging;

/// <summary>Names of the queues.</summary>
internal static class Endpoints
{
    public const string Control = "control";

    public static string Train(string device) => $"train.{device}";

    /// <summary>One queue per worker process; a worker id holds a '#', which a queue's address may not.</summary>
    public static string Worker(string workerId) => $"worker.{workerId.Replace('#', '.')}";

    public static Uri Address(string queue) => new($"queue:{queue}");
}

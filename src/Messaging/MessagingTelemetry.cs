namespace Orchestrator.Messaging;

/// <summary>Metrics of the bus beside those of its library.</summary>
public static class MessagingTelemetry
{
    /// <summary>Name of the meter.</summary>
    public const string Name = "Orchestrator.Messaging";
}

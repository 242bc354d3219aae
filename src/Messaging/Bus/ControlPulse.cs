namespace Orchestrator.Messaging.Bus;

/// <summary>A message that asks for nothing: whoever consumes it is alive.</summary>
/// <param name="From">The silo that sent it.</param>
public sealed record Ping(string From);

/// <summary>What this silo has seen of its own consumer on the control queue: that it consumed, whatever the bus library says of itself.</summary>
internal sealed class ControlPulse
{
    /// <summary>Pings that the broker took since this silo last consumed something. Silos that share the queue share the pings of all.</summary>
    private int _unheard;

    /// <summary>Pings in a row after which the consumer counts as gone.</summary>
    public const int Patience = 20;

    public int Unheard => Volatile.Read(ref _unheard);

    /// <summary>Whether the consumer was there lately.</summary>
    public bool Beats => Unheard < Patience;

    /// <summary>The broker has taken a ping.</summary>
    public void Sent() => Interlocked.Increment(ref _unheard);

    /// <summary>A message of the control queue was consumed here.</summary>
    public void Heard() => Volatile.Write(ref _unheard, 0);
}

namespace Orchestrator.Messaging.Bus;

/// <summary>What came from one queue to this process.</summary>
internal sealed class Deliveries
{
    private int _atHand;
    private int _came;

    /// <summary>Messages that are being worked on.</summary>
    public int AtHand => Volatile.Read(ref _atHand);

    /// <summary>Messages that have come so far.</summary>
    public int Came => Volatile.Read(ref _came);

    public void Begin()
    {
        Interlocked.Increment(ref _came);
        Interlocked.Increment(ref _atHand);
    }

    public void End() => Interlocked.Decrement(ref _atHand);
}

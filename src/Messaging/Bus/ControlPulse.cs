namespace Orchestrator.Messaging.Bus;

/// <summary>A message that asks for nothing: whoever consumes it is alive.</summary>
/// <param name="From">The process that sent it.</param>
public sealed record Ping(string From);

/// <summary>The answer of a worker to its own ping.</summary>
public sealed record Pong;

/// <summary>What this process has seen of its consumer on the control bus: that it consumed, whatever the bus library says of itself.</summary>
internal sealed class ControlPulse(TimeProvider time)
{
    private readonly Lock _gate = new();
    private long _heardAt = time.GetTimestamp();
    private int _unheard;
    private int _renewals;

    /// <summary>How long without a message, of which one a second is this process's own, until nothing is promised to anybody.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Pings in a row after which a consumer that the broker does not know either is gone.</summary>
    public const int Doubtful = 3;

    /// <summary>Pings in a row after which the consumer counts as gone although the broker may have one: cheap to mend if that is wrong.</summary>
    public const int Gone = 8;

    /// <summary>Buses of which not one was heard, after which the process ends.</summary>
    public const int MostRenewals = 3;

    /// <summary>Pings that could have been heard since this process last consumed something, or since its bus was made anew. Silos that share the queue share the pings of all.</summary>
    public int Unheard
    {
        get
        {
            lock (_gate)
            {
                return _unheard;
            }
        }
    }

    /// <summary>How often the bus was made anew since this process last consumed something.</summary>
    public int Renewals
    {
        get
        {
            lock (_gate)
            {
                return _renewals;
            }
        }
    }

    /// <summary>Whether the consumer was seen to consume lately.</summary>
    public bool Beats
    {
        get
        {
            lock (_gate)
            {
                return time.GetElapsedTime(_heardAt) < Patience;
            }
        }
    }

    /// <summary>The broker has taken a ping, or would have taken it from another bus.</summary>
    public void Sent()
    {
        lock (_gate)
        {
            _unheard++;
        }
    }

    /// <summary>A message was consumed here.</summary>
    public void Heard()
    {
        lock (_gate)
        {
            (_unheard, _renewals, _heardAt) = (0, 0, time.GetTimestamp());
        }
    }

    /// <summary>The bus was made anew, or was to be.</summary>
    public void Renewed()
    {
        lock (_gate)
        {
            (_unheard, _renewals) = (0, _renewals + 1);
        }
    }
}

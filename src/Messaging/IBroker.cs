namespace Orchestrator.Messaging;

/// <summary>Looks at the broker of a cluster from outside the bus.</summary>
public interface IBroker
{
    /// <summary>How every lasting queue stands; asks on a connection of its own and changes nothing. Throws <see cref="RabbitMq.BrokerException"/> where the broker cannot be asked.</summary>
    /// <param name="besides">Other queues to look at: those of requirements come and go.</param>
    /// <param name="cancellation">Ends the look.</param>
    Task<BrokerStatus> Look(IEnumerable<string> besides, CancellationToken cancellation);
}

/// <summary>A broker as it answered.</summary>
/// <param name="Version">The server's version.</param>
/// <param name="Queues">The lasting queues of a cluster and those that were asked for, those that are not there included, and where messages of theirs were set aside.</param>
public sealed record BrokerStatus(string Version, IReadOnlyList<QueueStatus> Queues);

/// <summary>One queue.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Exists">Whether it is there; silos and workers declare what is missing when they start.</param>
/// <param name="Messages">Messages that wait for a consumer.</param>
/// <param name="Consumers">Who takes from it.</param>
/// <param name="Foreign">Why it is another queue than this program makes, or null.</param>
public sealed record QueueStatus(string Name, bool Exists, long Messages, long Consumers, string? Foreign)
{
    /// <summary>Whether it holds messages that were set aside because nobody could read them (<c>…_skipped</c>) or their consumer failed (<c>…_error</c>). Nobody takes from it.</summary>
    public bool SetAside { get; init; }
}

using MassTransit;
using Microsoft.Extensions.Logging;

namespace Orchestrator.Messaging.Bus;

/// <summary>Connects and removes the work queues of one worker while its bus runs.</summary>
/// <param name="bus">What carries the messages now.</param>
/// <param name="configure">Makes the consumer of a queue, which notes what it gets.</param>
/// <param name="log">The log.</param>
internal sealed partial class BusWorkQueues(Func<IBus> bus, Action<string, IReceiveEndpointConfigurator, Deliveries> configure, ILogger<BusWorkQueues> log) : IWorkQueues
{
    private readonly Dictionary<string, Connection> _connections = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _left;

    public IReadOnlyList<string> Taken
    {
        get
        {
            lock (_connections)
            {
                return [.. _connections.Where(c => c.Value is { Removal: null, Handle.Ready.IsCompletedSuccessfully: true }).Select(c => c.Key).Order(StringComparer.Ordinal)];
            }
        }
    }

    /// <summary>What came from the queues that are to be consumed, whether they are or not, by their names on the bus.</summary>
    public IReadOnlyDictionary<string, Deliveries> Wanted
    {
        get
        {
            lock (_connections)
            {
                return _connections.Where(c => c.Value.Removal is null).ToDictionary(c => Endpoints.Train(c.Key), c => c.Value.Deliveries);
            }
        }
    }

    public void Take(IReadOnlyCollection<string> queues)
    {
        lock (_connections)
        {
            if (!_left)
            {
                Connect(queues);
            }
        }
    }

    public Task Leave()
    {
        lock (_connections)
        {
            _left = true;
            Connect([]);
            return Task.WhenAll(_connections.Values.Select(c => c.Removal!));
        }
    }

    /// <summary>Takes from the same queues over the bus that there is now. Those of the bus before end with it.</summary>
    public void Reconnect()
    {
        lock (_connections)
        {
            foreach (var (queue, connection) in _connections.Where(c => c.Value.Removal is null).ToList())
            {
                _connections[queue] = Connect(queue, connection.Deliveries);
            }
        }
    }

    /// <summary>Ends when a queue is taken from, or this process takes from none any more.</summary>
    public async Task Connected(string queue, CancellationToken cancellation)
    {
        while (true)
        {
            Task next;
            lock (_connections)
            {
                next = _connections.GetValueOrDefault(queue) is { Removal: null } connection ? connection.Handle.Ready : _changed.Task;
                if (_left || next.IsCompletedSuccessfully)
                {
                    return;
                }
            }
            await next.WaitAsync(cancellation);
        }
    }

    private void Connect(IReadOnlyCollection<string> queues)
    {
        _changed.TrySetResult();
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        foreach (var (gone, _) in _connections.Where(c => c.Value.Removal is { IsCompleted: true }).ToList())
        {
            _connections.Remove(gone);
        }
        foreach (var queue in queues.Where(q => !_connections.ContainsKey(q)))
        {
            _connections[queue] = Connect(queue, new Deliveries());
            Took(log, queue);
        }
        foreach (var (queue, connection) in _connections.Where(c => c.Value.Removal is null && !queues.Contains(c.Key)))
        {
            connection.Removal = Remove(queue, connection.Handle); // one that is wanted again meanwhile is connected when this is done
        }
    }

    private Connection Connect(string queue, Deliveries deliveries)
    {
        var name = Endpoints.Train(queue);
        return new Connection(bus().ConnectReceiveEndpoint(name, endpoint => configure(name, endpoint, deliveries)), deliveries);
    }

    private async Task Remove(string queue, HostReceiveEndpointHandle handle)
    {
        try
        {
            await handle.StopAsync(CancellationToken.None); // waits for its packs
            Left(log, queue);
        }
        catch (Exception error)
        {
            NotLeft(log, queue, error.Message);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "takes packs from the queue {Queue}")]
    private static partial void Took(ILogger log, string queue);

    [LoggerMessage(2, LogLevel.Information, "takes no more packs from the queue {Queue}")]
    private static partial void Left(ILogger log, string queue);

    [LoggerMessage(3, LogLevel.Warning, "the queue {Queue} could not be left in order: {Reason}")]
    private static partial void NotLeft(ILogger log, string queue, string reason);

    private sealed class Connection(HostReceiveEndpointHandle handle, Deliveries deliveries)
    {
        public Deliveries Deliveries { get; } = deliveries;

        public HostReceiveEndpointHandle Handle { get; } = handle;

        public Task? Removal { get; set; }
    }
}

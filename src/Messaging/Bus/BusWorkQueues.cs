using MassTransit;
using Microsoft.Extensions.Logging;

namespace Orchestrator.Messaging.Bus;

/// <summary>Connects and removes the work queues of one worker while its bus runs.</summary>
internal sealed partial class BusWorkQueues(IBus bus, Action<string, IReceiveEndpointConfigurator> configure, ILogger<BusWorkQueues> log) : IWorkQueues
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
            var name = Endpoints.Train(queue);
            _connections[queue] = new Connection(bus.ConnectReceiveEndpoint(name, endpoint => configure(name, endpoint)));
            Took(log, queue);
        }
        foreach (var (queue, connection) in _connections.Where(c => c.Value.Removal is null && !queues.Contains(c.Key)))
        {
            connection.Removal = Remove(queue, connection.Handle); // one that is wanted again meanwhile is connected when this is done
        }
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

    private sealed class Connection(HostReceiveEndpointHandle handle)
    {
        public HostReceiveEndpointHandle Handle { get; } = handle;

        public Task? Removal { get; set; }
    }
}

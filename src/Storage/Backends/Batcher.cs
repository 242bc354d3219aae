using System.Threading.Channels;

namespace Orchestrator.Storage.Backends;

/// <summary>
/// Turns many concurrent callers into few batches: one loop drains what has gathered while the batch before was under way.
/// A batch ends early at an item whose key it already holds, so that no batch holds a key twice.
/// </summary>
internal sealed class Batcher<TItem, TResult> : IAsyncDisposable
{
    private readonly Channel<Waiting> _queue = Channel.CreateUnbounded<Waiting>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Limits _limits;
    private readonly Task _loop;

    /// <param name="limits">When a batch is full, and which items may not share one.</param>
    /// <param name="run">Does a batch; its answer has one result per item.</param>
    /// <param name="isOneItemsFault">Whether a failure is due to one item, so that the batch is worth trying in halves.</param>
    public Batcher(Limits limits, Func<IReadOnlyList<TItem>, Task<IReadOnlyList<TResult>>> run, Func<Exception, bool> isOneItemsFault)
    {
        _limits = limits;
        _loop = Task.Run(() => Loop(run, isOneItemsFault));
    }

    /// <summary>When a batch is full, and which items may not share one.</summary>
    internal sealed record Limits(int Items, int Bytes, Func<TItem, int> BytesOf, Func<TItem, StateKey> KeyOf);

    /// <summary>Queues the item and completes with its result, or with the failure of the batch that it was in.</summary>
    public Task<TResult> Submit(TItem item)
    {
        var waiting = new Waiting(item);
        return _queue.Writer.TryWrite(waiting)
            ? waiting.Done.Task
            : Task.FromException<TResult>(new StorageException("the database is closed: the process is stopping"));
    }

    /// <summary>Takes nothing new, finishes what is queued.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _loop;
    }

    private async Task Loop(Func<IReadOnlyList<TItem>, Task<IReadOnlyList<TResult>>> run, Func<Exception, bool> isOneItemsFault)
    {
        var batch = new List<Waiting>(_limits.Items);
        var keys = new HashSet<StateKey>();
        while (await _queue.Reader.WaitToReadAsync())
        {
            batch.Clear();
            keys.Clear();
            var bytes = 0;
            while (batch.Count < _limits.Items && bytes < _limits.Bytes &&
                   _queue.Reader.TryPeek(out var next) && keys.Add(_limits.KeyOf(next.Item)) && _queue.Reader.TryRead(out next))
            {
                batch.Add(next);
                bytes += _limits.BytesOf(next.Item);
            }
            await Run(batch, run, isOneItemsFault);
        }
    }

    private static async Task Run(List<Waiting> batch, Func<IReadOnlyList<TItem>, Task<IReadOnlyList<TResult>>> run, Func<Exception, bool> isOneItemsFault)
    {
        try
        {
            var results = await run([.. batch.Select(w => w.Item)]);
            for (var i = 0; i < batch.Count; i++)
            {
                batch[i].Done.SetResult(results[i]);
            }
        }
        catch (Exception failure) when (batch.Count > 1 && isOneItemsFault(failure))
        {
            await Run(batch[..(batch.Count / 2)], run, isOneItemsFault);
            await Run(batch[(batch.Count / 2)..], run, isOneItemsFault);
        }
        catch (Exception failure)
        {
            foreach (var waiting in batch)
            {
                waiting.Done.SetException(new StorageException($"the database failed: {failure.Message}", failure));
            }
        }
    }

    private sealed class Waiting(TItem item)
    {
        public TItem Item { get; } = item;
        public TaskCompletionSource<TResult> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

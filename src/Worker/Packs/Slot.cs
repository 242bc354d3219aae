namespace Orchestrator.Worker.Packs;

/// <summary>
/// One dedicated thread that tensor work runs on. Tensor libraries keep scopes and gradient modes per thread, so such code is
/// synchronous and never awaits (style.md). It waits for work without spinning: the processor is for the slots that train.
/// </summary>
internal sealed class Slot : IDisposable
{
    private readonly Queue<Action> _work = [];
    private bool _closed;

    public Slot(int number, string device)
    {
        Device = device;
        new Thread(Loop) { IsBackground = true, Name = $"slot {number}" }.Start();
    }

    /// <summary>Where its packs are trained.</summary>
    public string Device { get; }

    /// <summary>Runs the action on the slot's thread; the task ends with it, and with its exception.</summary>
    public Task Run(Action action)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_work)
        {
            _work.Enqueue(() =>
            {
                try
                {
                    action();
                    done.SetResult();
                }
                catch (Exception error)
                {
                    done.SetException(error);
                }
            });
            Monitor.Pulse(_work);
        }
        return done.Task;
    }

    /// <summary>Lets the thread end when it has done what is queued.</summary>
    public void Dispose()
    {
        lock (_work)
        {
            _closed = true;
            Monitor.Pulse(_work);
        }
    }

    private void Loop()
    {
        while (Next() is { } action)
        {
            action();
        }
    }

    private Action? Next()
    {
        lock (_work)
        {
            while (_work.Count == 0 && !_closed)
            {
                Monitor.Wait(_work);
            }
            return _work.TryDequeue(out var action) ? action : null;
        }
    }
}

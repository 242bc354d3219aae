namespace Orchestrator.Storage.Artifacts;

/// <summary>
/// Does what waits for a disk on a few threads of its own. Those of the pool are as many as the cores at first: files of a pack, each flushed
/// several times, would keep all of them, and whatever else the process does would wait for the disk too.
/// </summary>
internal sealed class DiskThreads
{
    private const int Most = 32; // a disk takes many flushes together
    private readonly Queue<Task> _waiting = [];
    private int _threads;

    /// <summary>Does some work; the task ends with it, and with its exception.</summary>
    public Task<T> Run<T>(Func<T> work)
    {
        var task = new Task<T>(work, TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_waiting)
        {
            _waiting.Enqueue(task);
            if (_threads == Most)
            {
                return task;
            }
            _threads++;
        }
        new Thread(Work) { IsBackground = true, Name = "disk" }.Start();
        return task;
    }

    private void Work()
    {
        while (Next() is { } task)
        {
            task.RunSynchronously(TaskScheduler.Default);
        }
    }

    private Task? Next()
    {
        lock (_waiting)
        {
            _threads -= _waiting.Count == 0 ? 1 : 0;
            return _waiting.TryDequeue(out var task) ? task : null;
        }
    }
}

using System.Collections.Concurrent;

namespace Orchestrator.Worker.Packs;

/// <summary>
/// One dedicated thread that tensor work runs on. Tensor libraries keep scopes and gradient modes per thread, so such code is
/// synchronous and never awaits (style.md).
/// </summary>
internal sealed class Slot : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];

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
        _work.Add(() =>
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
        return done.Task;
    }

    /// <summary>Lets the thread end when it has done what is queued.</summary>
    public void Dispose() => _work.CompleteAdding();

    private void Loop()
    {
        foreach (var action in _work.GetConsumingEnumerable())
        {
            action();
        }
    }
}

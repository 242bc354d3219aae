namespace Orchestrator.Worker.Packs;

/// <summary>Whether a run is still this worker's: its lease lasts, and nobody told the worker to leave it.</summary>
internal sealed class RunLease
{
    private readonly TimeSpan _length;
    private readonly TimeProvider _time;
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _until;

    /// <param name="length">How long it lasts.</param>
    /// <param name="asked">When the control plane was asked for the run.</param>
    /// <param name="time">The clock.</param>
    public RunLease(TimeSpan length, long asked, TimeProvider time)
    {
        (_length, _time) = (length, time);
        _until = Until(asked);
    }

    /// <summary>Why the worker left the run, or null.</summary>
    public string? LeftBecause { get; private set; }

    /// <summary>Ends when the worker leaves the run.</summary>
    public Task Left => _left.Task;

    /// <summary>Whether the run is no longer this worker's. Stays so: another worker may hold it by now.</summary>
    public bool IsOver => LeftBecause is not null || _time.GetTimestamp() > Volatile.Read(ref _until);

    /// <summary>The lease holds for its whole length from when the control plane was asked: it cannot have counted from an earlier time.</summary>
    public void Renew(long asked)
    {
        if (!IsOver)
        {
            Volatile.Write(ref _until, Math.Max(Volatile.Read(ref _until), Until(asked)));
        }
    }

    /// <summary>Leaves the run; false if it was left before.</summary>
    public bool Leave(string reason)
    {
        if (LeftBecause is not null)
        {
            return false;
        }
        LeftBecause = reason;
        _left.TrySetResult();
        return true;
    }

    private long Until(long from) => from + (long)(_length.TotalSeconds * _time.TimestampFrequency);
}

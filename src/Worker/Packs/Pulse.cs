namespace Orchestrator.Worker.Packs;

/// <summary>
/// Whether the slot's thread that works on a pack is alive. A hung device must not be kept alive by a timer; a thread that waits
/// for the artifact store or for its uplink is not hung, for as long as the worker's patience lasts.
/// </summary>
internal sealed class Pulse(TimeProvider time, TimeSpan patience)
{
    private const long Never = -1;
    private long _beats;
    private long _waitsSince = Never;

    /// <summary>The thread got further.</summary>
    public void Beat() => Interlocked.Increment(ref _beats);

    /// <summary>The thread waits until the result is disposed. One wait at a time.</summary>
    public IDisposable Waiting()
    {
        Volatile.Write(ref _waitsSince, time.GetTimestamp());
        return new Wait(this);
    }

    /// <summary>Whether it got further since a count that is brought up to date, or waits.</summary>
    public bool IsAlive(ref long seen)
    {
        var beats = Interlocked.Read(ref _beats);
        var moved = beats != seen;
        seen = beats;
        return moved || Volatile.Read(ref _waitsSince) is not Never and var since && time.GetElapsedTime(since) < patience;
    }

    private sealed class Wait(Pulse pulse) : IDisposable
    {
        public void Dispose()
        {
            Volatile.Write(ref pulse._waitsSince, Never);
            pulse.Beat();
        }
    }
}

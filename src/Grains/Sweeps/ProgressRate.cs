namespace Orchestrator.Grains.Sweeps;

/// <summary>Steps per second over the last seconds, from totals seen at times that callers choose.</summary>
internal sealed class ProgressRate(DateTimeOffset start, long done)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(15);
    private readonly Queue<(DateTimeOffset At, long Done)> _seen = new([(start, done)]);

    /// <summary>The rate up to now; 0 while nothing is known.</summary>
    public double At(DateTimeOffset now, long doneNow)
    {
        _seen.Enqueue((now, doneNow));
        while (_seen.Count > 2 && now - _seen.Peek().At > Window)
        {
            _seen.Dequeue();
        }
        var (at, before) = _seen.Peek();
        return now > at ? (doneNow - before) / (now - at).TotalSeconds : 0;
    }
}

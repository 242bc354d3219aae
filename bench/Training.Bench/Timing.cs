using System.Diagnostics;

namespace Orchestrator.Training.Bench;

/// <summary>Milliseconds of single steps.</summary>
internal sealed record Timing(double Median, double Least, int Steps)
{
    /// <summary>Times steps, after a warm-up, for about the given time.</summary>
    public static Timing Of(Action step, TimeSpan budget)
    {
        for (var warm = 0; warm < 3; warm++)
        {
            step();
        }
        var times = new List<double>();
        var whole = Stopwatch.StartNew();
        while (times.Count < 5 || whole.Elapsed < budget)
        {
            var one = Stopwatch.GetTimestamp();
            step();
            times.Add(Stopwatch.GetElapsedTime(one).TotalMilliseconds);
        }
        times.Sort();
        return new Timing(times[times.Count / 2], times[0], times.Count);
    }
}

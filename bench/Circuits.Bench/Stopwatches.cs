using System.Diagnostics;
using System.Globalization;

namespace Orchestrator.Circuits.Bench;

/// <summary>Runs an action a few times and prints the median and the least of its wall-clock times, and the mean of its processor time (which other work on the machine moves least).</summary>
internal static class Stopwatches
{
    public static void Report(string what, int times, Action action)
    {
        action();                                                        // the first run pays for the JIT and for memory
        var before = Environment.CpuUsage.TotalTime;
        double[] milliseconds = [.. Enumerable.Range(0, times).Select(_ => Once(action)).Order()];
        var processor = (Environment.CpuUsage.TotalTime - before).TotalMilliseconds / times;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-62} median {milliseconds[times / 2],9:0.00} ms   least {milliseconds[0],9:0.00} ms   processor {processor,9:0.00} ms   ({times} times)"));
    }

    private static double Once(Action action)
    {
        var watch = Stopwatch.StartNew();
        action();
        return watch.Elapsed.TotalMilliseconds;
    }
}

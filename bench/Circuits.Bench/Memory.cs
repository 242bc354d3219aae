using System.Globalization;

namespace Orchestrator.Circuits.Bench;

/// <summary>Peak resident memory of this process while an action runs, beyond what it held before (Linux).</summary>
internal static class Memory
{
    public static void Report(string what, Action action)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        File.WriteAllText("/proc/self/clear_refs", "5");                 // resets VmHWM
        var before = Status("VmRSS");
        action();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-62} peak {(Status("VmHWM") - before) / 1024.0,8:0} MiB beyond {before / 1024.0:0} MiB"));
    }

    private static long Status(string key) =>
        long.Parse(File.ReadLines("/proc/self/status").First(line => line.StartsWith(key, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
}

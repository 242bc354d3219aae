namespace Orchestrator.TestServices;

/// <summary>Wrong clocks for processes, by Debian's libfaketime.</summary>
public static class FakeTime
{
    /// <summary>The environment of a process whose clock is so many hours off; what it measures durations with goes right.</summary>
    public static IReadOnlyDictionary<string, string> Shifted(int hours) => new Dictionary<string, string>
    {
        ["LD_PRELOAD"] = Library,
        ["FAKETIME"] = $"{hours:+0;-0}h",
        ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
    };

    private static string Library => Directory.EnumerateDirectories("/usr/lib").Prepend("/usr/lib")
        .Select(folder => Path.Combine(folder, "faketime", "libfaketimeMT.so.1")).FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException("libfaketime is not installed: run eng/install-services.sh");
}

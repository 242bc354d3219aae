using System.Globalization;

namespace Orchestrator.ControlPlane.Bench;

/// <summary>What a process with its children has used so far, as Linux counts it.</summary>
/// <param name="CpuSeconds">Processor time, of children that have ended too.</param>
/// <param name="MemoryBytes">Memory of those that are alive; of pages that several share, each counts its part.</param>
internal readonly record struct ProcessUse(double CpuSeconds, long MemoryBytes)
{
    private const double Tick = 0.01; // USER_HZ

    public static ProcessUse Of(int pid)
    {
        var (cpu, memory) = (0.0, 0L);
        foreach (var process in Tree(pid))
        {
            cpu += process.CpuSeconds;
            memory += process.MemoryBytes;
        }
        return new ProcessUse(cpu, memory);
    }

    /// <summary>By name, for several.</summary>
    public static IReadOnlyDictionary<string, ProcessUse> Of(IReadOnlyDictionary<string, int> processes) => processes.ToDictionary(p => p.Key, p => Of(p.Value));

    private static IEnumerable<ProcessUse> Tree(int root)
    {
        var all = Directory.EnumerateDirectories("/proc").Select(folder => int.TryParse(Path.GetFileName(folder), out var pid) ? Stat(pid) : null).OfType<Process>().ToLookup(p => p.Parent);
        var open = new Queue<Process>(Stat(root) is { } first ? [first] : []);
        while (open.TryDequeue(out var process))
        {
            yield return new ProcessUse((process.Own + process.OfEnded) * Tick, Memory(process.Id));
            foreach (var child in all[process.Id])
            {
                open.Enqueue(child);
            }
        }
    }

    private static Process? Stat(int pid)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{pid}/stat");
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' '); // from the third field on
            return new Process(pid, int.Parse(fields[1], CultureInfo.InvariantCulture), Number(11) + Number(12), Number(13) + Number(14));

            long Number(int field) => long.Parse(fields[field], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null; // it ended meanwhile
        }
    }

    private static long Memory(int pid)
    {
        try
        {
            var line = File.ReadLines($"/proc/{pid}/smaps_rollup").First(l => l.StartsWith("Pss:", StringComparison.Ordinal)); // Pss:     1234 kB
            return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return 0; // it ended meanwhile, or belongs to another user
        }
    }

    private sealed record Process(int Id, int Parent, long Own, long OfEnded);
}

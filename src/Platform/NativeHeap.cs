using System.Runtime.InteropServices;

namespace Orchestrator.Platform;

/// <summary>
/// The heap of glibc. Left alone it keeps an arena for each thread and in each what was freed, since its thresholds grow with what is
/// freed. One arena costs nothing, and blocks from 1 MiB on mapped by themselves next to nothing. Less than 16 MiB kept free at the end of
/// the heap is given back and taken again by every measurement, at three times its price; blocks mapped from 64 KiB on cost
/// half as much processor time again (bench/README.md).
/// </summary>
internal static class NativeHeap
{
    private const string Library = "libc.so.6";

    // The options of mallopt(3), and the variables by which an operator sets them; what the operator says stays.
    private static readonly (string Variable, int Option, int Value)[] Limits =
        [("MALLOC_ARENA_MAX", -8, 1), ("MALLOC_TRIM_THRESHOLD_", -1, 16 << 20), ("MALLOC_MMAP_THRESHOLD_", -3, 1 << 20)];

    public static void Limit()
    {
        if (!NativeLibrary.TryLoad(Library, out _)) // another C library has other rules
        {
            return;
        }
        foreach (var (variable, option, value) in Limits)
        {
            if (Environment.GetEnvironmentVariable(variable) is null && SetOption(option, value) == 0)
            {
                throw new InvalidOperationException($"glibc refuses the value {value} for {variable} (mallopt {option})");
            }
        }
    }

    public static void Return()
    {
        if (NativeLibrary.TryLoad(Library, out _))
        {
            _ = Trim(0);
        }
    }

    /// <summary>Bytes that native code holds now: taken from the heap and not freed, small blocks and mapped ones.</summary>
    public static long Live()
    {
        var figures = Figures();
        return (long)(figures.Used + figures.Mapped);
    }

    [DllImport(Library, EntryPoint = "mallopt")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetOption(int option, int value);

    [DllImport(Library, EntryPoint = "malloc_trim")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Trim(nuint keep);

    [DllImport(Library, EntryPoint = "mallinfo2")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern HeapFigures Figures();

    // struct mallinfo2; hblkhd is what is mapped, uordblks what is used in the arenas.
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct HeapFigures
    {
        private readonly nuint _arena, _ordblks, _smblks, _hblks;
        public readonly nuint Mapped;
        private readonly nuint _usmblks, _fsmblks;
        public readonly nuint Used;
        private readonly nuint _fordblks, _keepcost;
    }
}

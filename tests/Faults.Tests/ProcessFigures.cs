using System.Globalization;

namespace Orchestrator.Faults.Tests;

/// <summary>What a process takes of the machine.</summary>
/// <param name="Memory">Resident bytes.</param>
/// <param name="AddressSpace">Bytes of address space.</param>
/// <param name="Handles">Open files, sockets and the like.</param>
/// <param name="Threads">Threads.</param>
internal sealed record ProcessFigures(long Memory, long AddressSpace, int Handles, int Threads)
{
    /// <summary>Those of a process at this moment.</summary>
    public static ProcessFigures Of(int id)
    {
        var status = File.ReadAllLines($"/proc/{id}/status").Select(line => line.Split(':', 2)).ToDictionary(line => line[0], line => line[1].Trim());
        return new ProcessFigures(
            Bytes(status["VmRSS"]), Bytes(status["VmSize"]), Directory.GetFileSystemEntries($"/proc/{id}/fd").Length, int.Parse(status["Threads"], CultureInfo.InvariantCulture));
    }

    private static long Bytes(string kilobytes) => long.Parse(kilobytes.Split(' ')[0], CultureInfo.InvariantCulture) * 1024;
}

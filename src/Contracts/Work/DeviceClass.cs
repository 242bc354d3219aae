using System.Collections.Immutable;

namespace Orchestrator.Contracts.Work;

/// <summary>Kinds of device. Each has its own work queue and its own pool of slots; the name of one is the name in settings and tables.</summary>
public static class DeviceClass
{
    /// <summary>Processor cores.</summary>
    public const string Cpu = "cpu";

    /// <summary>NVIDIA devices.</summary>
    public const string Cuda = "cuda";

    /// <summary>All of them, the fastest first.</summary>
    public static ImmutableArray<string> All { get; } = [Cuda, Cpu];

    /// <summary>The class of a device such as <c>cuda:0</c>.</summary>
    public static string Of(string device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return device.StartsWith(Cuda, StringComparison.Ordinal) ? Cuda : Cpu;
    }
}

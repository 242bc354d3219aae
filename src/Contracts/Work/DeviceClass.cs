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
}

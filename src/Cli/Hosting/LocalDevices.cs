using Orchestrator.Cli.CommandLine;
using Orchestrator.Contracts.Work;
using Orchestrator.Kernels.Native;
using Orchestrator.Worker.Training;

namespace Orchestrator.Cli.Hosting;

/// <summary>The devices that a worker of this machine uses.</summary>
internal static class LocalDevices
{
    /// <summary>Loads libtorch and finds what <paramref name="device"/> means here, with the packs that each device trains at a time.</summary>
    /// <exception cref="CliException">The words mean nothing, a device is not here, or libtorch cannot be loaded.</exception>
    public static (Devices Devices, int SlotsPerDevice) Find(string device, string? libtorch, int? slots)
    {
        try
        {
            TorchRuntime.Load(libtorch);
            var devices = Devices.Find(device);
            return (devices, slots ?? (devices.Class == DeviceClass.Cpu ? Environment.ProcessorCount : 1));
        }
        catch (Exception wrong) when (wrong is TorchRuntimeException or ArgumentException)
        {
            throw new CliException(wrong is ArgumentException ? ExitCode.Usage : ExitCode.Failed, wrong.Message, wrong);
        }
    }
}

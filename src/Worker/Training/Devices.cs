using Orchestrator.Contracts.Work;
using Orchestrator.Kernels.Native;
using TorchSharp;

namespace Orchestrator.Worker.Training;

/// <summary>The devices that one worker uses: all of one class.</summary>
/// <param name="Class">One of <see cref="DeviceClass"/>.</param>
/// <param name="Names">Each device, such as <c>cpu</c> or <c>cuda:1</c>.</param>
public sealed record Devices(string Class, IReadOnlyList<string> Names)
{
    /// <summary>What a setting means on this machine: <c>auto</c>, <c>cpu</c>, <c>cuda</c>, or <c>cuda:0,cuda:2</c>.</summary>
    /// <exception cref="ArgumentException">The words mean nothing, or name a device that is not here.</exception>
    public static Devices Find(string setting)
    {
        ArgumentException.ThrowIfNullOrEmpty(setting);
        var there = TorchRuntime.Describe().Cuda ? torch.cuda.device_count() : 0;
        return Choose(setting, there);
    }

    /// <summary>The same for a machine with so many CUDA devices.</summary>
    public static Devices Choose(string setting, int there)
    {
        ArgumentException.ThrowIfNullOrEmpty(setting);
        return setting switch
        {
            DeviceClass.Cpu => new(DeviceClass.Cpu, [DeviceClass.Cpu]),
            "auto" when there == 0 => new(DeviceClass.Cpu, [DeviceClass.Cpu]),
            "auto" or DeviceClass.Cuda when there > 0 => new(DeviceClass.Cuda, [.. Enumerable.Range(0, there).Select(i => $"{DeviceClass.Cuda}:{i}")]),
            _ => new(DeviceClass.Cuda, [.. setting.Split(',', StringSplitOptions.TrimEntries).Select(name => Named(name, there)).Distinct()]),
        };
    }

    /// <summary>
    /// Memory of a slot, GB (10^9 bytes, one decimal): that of the smallest device, shared by the slots on it; 0 if nobody tells. A
    /// card that is sold with 80 GB has them in this unit.
    /// </summary>
    public double MemoryGb(int slotsPerDevice)
    {
        var bytes = Class == DeviceClass.Cuda ? Names.Min(name => DeviceMemory.OfCuda(NumberOf(name)) ?? 0) : DeviceMemory.OfMachine();
        return Math.Round(bytes / 1e9 / slotsPerDevice, 1);
    }

    private static int NumberOf(string cuda) => int.Parse(cuda.AsSpan(DeviceClass.Cuda.Length + 1), System.Globalization.CultureInfo.InvariantCulture);

    private static string Named(string name, int there)
    {
        if (name != DeviceClass.Cuda && !(name.StartsWith(DeviceClass.Cuda + ":", StringComparison.Ordinal) && int.TryParse(name.AsSpan(DeviceClass.Cuda.Length + 1), out _)))
        {
            throw new ArgumentException($"--device {name}: give auto, cpu, cuda, or devices by number as cuda:0,cuda:1");
        }
        if (there == 0)
        {
            throw new ArgumentException($"--device {name}: this machine has no CUDA device that libtorch sees. Build with -p:Device=cuda or name a CUDA build of libtorch with --libtorch; ./orchestrator doctor says what was found");
        }
        return NumberOf(name) < there
            ? name
            : throw new ArgumentException($"--device {name}: this machine has {there} CUDA devices, numbered from 0");
    }
}

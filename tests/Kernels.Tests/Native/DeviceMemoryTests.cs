using System.Runtime.InteropServices;
using Orchestrator.Kernels.Native;

namespace Orchestrator.Kernels.Tests.Native;

public sealed class DeviceMemoryTests
{
    [Fact]
    public void The_machines_memory_is_what_this_process_may_use() => Assert.InRange(DeviceMemory.OfMachine(), 1L << 28, 1L << 50);

    [Fact]
    public void A_cuda_device_that_is_not_there_has_none_and_one_that_is_has_some()
    {
        Assert.Null(DeviceMemory.OfCuda(10_000));
        if (!NativeLibrary.TryLoad("libcuda.so.1", out _))
        {
            Assert.Null(DeviceMemory.OfCuda(0));
        }
    }
}

using System.Runtime.InteropServices;
using Orchestrator.Kernels.Native;

#pragma warning disable CA2201 // ExternalException is what TorchSharp throws

namespace Orchestrator.Kernels.Tests.Native;

/// <summary>What the tensor library says when memory runs out, and when something else is wrong.</summary>
public sealed class TensorMemoryExceptionTests
{
    [Theory]
    [InlineData("CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has a total capacity of 23.99 GiB of which 0 bytes is free. See documentation for Memory Management\nException raised from malloc at CUDACachingAllocator.cpp:1139 (most recent call first):")]
    [InlineData("CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported at some other API call")]
    [InlineData("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`")]
    [InlineData("cuDNN error: CUDNN_STATUS_ALLOC_FAILED")]
    [InlineData("[enforce fail at alloc_cpu.cpp:118] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 4000000000000000 bytes. Error code 12 (Cannot allocate memory)")]
    [InlineData("[enforce fail at alloc_cpu.cpp:80] data. DefaultCPUAllocator: not enough memory: you tried to allocate 8589934592 bytes.")]
    [InlineData("std::bad_alloc")]
    public void Memory_that_ran_out_is_said_with_what_to_change_and_without_a_native_stack(string said)
    {
        var error = Assert.Throws<TensorMemoryException>(() => TensorMemoryException.Guard<int>("a training step", () => throw new ExternalException(said)));

        Assert.StartsWith($"not enough memory for a training step: {said.Split('\n')[0]}", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("Train fewer models at once, a smaller batch or a smaller model.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CUDA error: device-side assert triggered")]
    [InlineData("CUDA error: an illegal memory access was encountered")]
    [InlineData("mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)")]
    public void Other_failures_pass_as_they_are(string said) =>
        Assert.Equal(said, Assert.Throws<ExternalException>(() => TensorMemoryException.Guard<int>("a training step", () => throw new ExternalException(said))).Message);
}

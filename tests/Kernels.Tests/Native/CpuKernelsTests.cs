using Orchestrator.Kernels.Native;

namespace Orchestrator.Kernels.Tests.Native;

public sealed class CpuKernelsTests
{
    /// <summary>The gate runs the tests of bits with two families of kernels, and compares what this wrote in each.</summary>
    [Fact]
    public void The_fingerprint_of_the_kernels_is_eight_digits_that_a_process_never_changes()
    {
        var first = CpuKernels.Fingerprint;

        Assert.Matches("^[0-9a-f]{8}$", first);
        Assert.Equal(first, CpuKernels.Fingerprint);
        if (Environment.GetEnvironmentVariable("ORCHESTRATOR_KERNELS_FILE") is { } file)
        {
            File.WriteAllText(file, first);
        }
    }
}

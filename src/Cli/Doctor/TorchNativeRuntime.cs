using Orchestrator.Kernels.Native;

namespace Orchestrator.Cli.Doctor;

/// <inheritdoc/>
internal sealed class TorchNativeRuntime : INativeRuntime
{
    public string Describe()
    {
        var torch = TorchRuntime.Describe();
        return $"libtorch {torch.Version} in {torch.Folder}, CPU kernels {torch.CpuKernels}, {torch.Threads} threads, CUDA {(torch.Cuda ? "available" : "not available")}";
    }
}

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

    public IReadOnlyList<string> Devices() => MatrixProduct.Devices();

    public TimeSpan Multiply(string device) => MatrixProduct.Check(device);
}

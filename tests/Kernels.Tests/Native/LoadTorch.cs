using System.Runtime.CompilerServices;
using Orchestrator.Kernels.Native;
using TorchSharp;

namespace Orchestrator.Kernels.Tests.Native;

internal static class LoadTorch
{
    // Bits are compared all over these tests, and they depend on the number of threads.
    [ModuleInitializer]
    internal static void BeforeAnyTensor()
    {
        TorchRuntime.Load();
        torch.set_num_threads(1);
    }
}

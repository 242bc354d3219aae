using Orchestrator.Kernels.Kinds;
using Orchestrator.Platform;
using TorchSharp;

namespace Orchestrator.Kernels.Tests.Training;

[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

/// <summary>What is resident depends on arenas and thresholds of the heap; what native code holds does not.</summary>
[Collection(nameof(Alone))]
public sealed class TrainerMemoryTests
{
    [Fact]
    public void Live_tensors_and_native_bytes_stay_flat_over_many_steps()
    {
        torch.set_num_threads(1);
        using var trainer = ModelKind.Trainer([Runs.Quickstart(1, 1, steps: 900), Runs.Quickstart(1, 2, steps: 900)]);
        Run(300);
        var (tensors, live) = (torch.Tensor.TotalCount, Live());
        Run(600);
        Assert.InRange(torch.Tensor.TotalCount, 0, tensors);
        Assert.InRange(Live() - live, long.MinValue, 1 << 20);

        void Run(int steps)
        {
            for (var i = 0; i < steps; i++)
            {
                trainer.Step();
            }
        }

        static long Live()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return NativeHeap.Live();
        }
    }
}

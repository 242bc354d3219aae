using Orchestrator.Kernels.Training;
using TorchSharp;

namespace Orchestrator.Kernels.Tests.Training;

[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

[Collection(nameof(Alone))]
public sealed class TrainerMemoryTests
{
    [Fact]
    public void Live_tensors_and_resident_memory_stay_flat_over_many_steps()
    {
        torch.set_num_threads(1);
        using var trainer = new PackTrainer([Runs.Quickstart(1, 1, steps: 900), Runs.Quickstart(1, 2, steps: 900)]);
        Run(300);
        var (tensors, resident) = (torch.Tensor.TotalCount, Resident());
        Run(600);
        Assert.InRange(torch.Tensor.TotalCount, 0, tensors);
        Assert.InRange(Resident() - resident, long.MinValue, 24 << 20);

        void Run(int steps)
        {
            for (var i = 0; i < steps; i++)
            {
                trainer.Step();
            }
        }

        static long Resident()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return Environment.WorkingSet;
        }
    }
}

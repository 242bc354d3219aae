using Microsoft.Extensions.Logging;
using Orchestrator.Contracts.Work;
using Orchestrator.Kernels.Data;
using Orchestrator.Kernels.Native;
using Orchestrator.Platform;
using Orchestrator.Worker.Packs;
using TorchSharp;

namespace Orchestrator.Worker.Training;

/// <summary>Trains and measures packs on this machine's devices.</summary>
public sealed class TrainRunner(WorkerOptions options, TimeProvider time, ILogger<TrainRunner> log) : IPackRunner
{
    private readonly FittingPacks _fitting = new(log);

    /// <inheritdoc/>
    public string CpuKernels => Kernels.Native.CpuKernels.Name;

    /// <inheritdoc/>
    public void Run(PackSession pack)
    {
        ArgumentNullException.ThrowIfNull(pack);
        TorchRuntime.Load();
        torch.set_num_threads(1); // as many slots as cores: two threads per small model are slower than one (findings)
        try
        {
            using var measurements = new Measurements(new TextsInMemory(pack.Files), new torch.Device(pack.Device), time);
            new MeasuringJob(pack, measurements, time).Run();
            _fitting.Run(pack, part =>
            {
                using var job = new TrainingJob(part, measurements, options.CheckpointEvery, time, log);
                job.Run();
            });
        }
        catch (DataConfigurationException wrong)
        {
            foreach (var member in pack.Live)
            {
                member.End(RunOutcome.Failed, member.Last.Step, wrong.Message, null, 0);
            }
        }
        finally
        {
            IPlatform.Current.ReturnNativeMemory();
        }
    }
}

using Orchestrator.Kernels.Model;
using Orchestrator.Kernels.Training.Fused;
using TorchSharp;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Training;

/// <summary>The batched program of some members: their parameters, and how their updates are computed.</summary>
internal sealed class PackProgram : IDisposable
{
    internal PackProgram(ITrainable kind, ParameterLayout layout, int members, Device device, Func<ParameterBuffer, IPackStep>? step = null)
    {
        using var scope = NewDisposeScope();
        Parameters = new ParameterBuffer(layout, members, device);
        try
        {
            Step = step is not null ? step(Parameters) : device.type == DeviceType.CUDA ? FusedPrograms.StepOf(kind, Parameters) : new OperatorStep(kind, Parameters);
        }
        catch
        {
            Parameters.Dispose();
            throw;
        }
    }

    internal ParameterBuffer Parameters { get; }
    internal IPackStep Step { get; }

    public void Dispose()
    {
        Step.Dispose();
        Parameters.Dispose();
    }
}

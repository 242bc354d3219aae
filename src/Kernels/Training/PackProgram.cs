using Orchestrator.Kernels.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Training;

/// <summary>The batched tensor program of some members: their parameters, optimizer and samples, and one update of all of them.</summary>
internal sealed class PackProgram : IDisposable
{
    private readonly IPackLoss _loss;
    private readonly Tensor _batch;             // [S, B, ...] on the host
    private readonly Device _device;

    internal PackProgram(ITrainable kind, ParameterLayout layout, int members, Device device)
    {
        using var scope = NewDisposeScope();
        _device = device;
        _loss = kind.Loss(device);
        Parameters = new ParameterBuffer(layout, members, device);
        Optimizer = device.type == DeviceType.CPU ? new HostAdamW(Parameters) : new DeviceAdamW(Parameters);
        _batch = kind.Batch(members).DetachFromDisposeScope();
    }

    internal ParameterBuffer Parameters { get; }
    internal IAdamW Optimizer { get; }

    /// <summary>Where one member's next samples belong: [B, ...], row-major. What is not written keeps what it held.</summary>
    internal Span<byte> Samples(int member)
    {
        var all = _batch.bytes;
        var each = all.Length / Parameters.Members;
        return all.Slice(member * each, each);
    }

    /// <summary>Loss and gradient of every member on the samples it was given, then one update.</summary>
    /// <param name="coefficients">Asked, after the losses are known, for each member's coefficients; null leaves a member as it is.</param>
    internal void Step(Func<float[], IReadOnlyList<AdamWCoefficients?>> coefficients)
    {
        using var scope = NewDisposeScope();
        using var gradients = enable_grad(true);
        var losses = _loss.Of(Parameters.Weights, _batch.to(_device));                        // [S]
        var byTensor = autograd.grad([losses.sum()], Parameters.Trainable);                     // [S, ...] each
        Optimizer.Step([.. byTensor], coefficients(losses.detach().cpu().data<float>().ToArray()));
    }

    public void Dispose()
    {
        _batch.Dispose();
        Optimizer.Dispose();
        Parameters.Dispose();
        _loss.Dispose();
    }
}

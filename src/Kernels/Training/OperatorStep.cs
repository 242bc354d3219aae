using TorchSharp;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Training;

/// <summary>The updates of a pack by libtorch's operators and its automatic gradients: any kind of model on any device, and what others are compared with.</summary>
internal sealed class OperatorStep : IPackStep
{
    private readonly IPackLoss _loss;
    private readonly IAdamW _optimizer;
    private readonly ParameterBuffer _parameters;
    private readonly Tensor _batch;             // [S, B, ...] on the host
    private readonly Device _device;
    private readonly List<float[]> _losses = [];

    internal OperatorStep(ITrainable kind, ParameterBuffer parameters, string? reason = null)
    {
        _parameters = parameters;
        Description = $"libtorch's operators{(reason is null ? "" : $" ({reason})")}";
        _device = parameters.Flat.device;
        _loss = kind.Loss(_device);
        _optimizer = _device.type == DeviceType.CPU ? new HostAdamW(parameters) : new DeviceAdamW(parameters);
        _batch = kind.Batch(parameters.Members).DetachFromDisposeScope();
    }

    public string Description { get; }
    public Tensor Moment1 => _optimizer.Moment1;
    public Tensor Moment2 => _optimizer.Moment2;
    public int Most => 1;

    public Span<byte> Samples(int update, int member)
    {
        var all = _batch.bytes;
        var each = all.Length / _parameters.Members;
        return all.Slice(member * each, each);
    }

    public void Update(IReadOnlyList<AdamWCoefficients?> coefficients)
    {
        using var scope = NewDisposeScope();
        using var gradients = enable_grad(true);
        var losses = _loss.Of(_parameters.Weights, _batch.to(_device));                        // [S]
        var byTensor = autograd.grad([losses.sum()], _parameters.Trainable);                    // [S, ...] each
        var found = losses.detach().cpu().data<float>().ToArray();
        _losses.Add(found);
        _optimizer.Step([.. byTensor], [.. coefficients.Zip(found, (use, loss) => float.IsFinite(loss) ? use : null)]);
    }

    public float[][] Losses()
    {
        float[][] found = [.. _losses];
        _losses.Clear();
        return found;
    }

    public void Dispose()
    {
        _batch.Dispose();
        _optimizer.Dispose();
        _loss.Dispose();
    }
}

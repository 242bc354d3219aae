using System.Runtime.InteropServices;
using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Training;

/// <summary>The batched tensor program of some members: their parameters, optimizer and tokens, and one update of all of them.</summary>
internal sealed class PackProgram : IDisposable
{
    // Matrix products of MKL give other low bits where a matrix starts at another offset from a cache line: 64 bytes of float32.
    private const int LineOfFloats = 16;

    private const int MostTokensOnHost = 512;

    private readonly Transformer _model;
    private readonly Tensor _tokens;            // [S, B, T] on the host
    private readonly Device _device;

    internal PackProgram(PackShape shape, ParameterLayout layout, int members, Device device)
    {
        using var scope = NewDisposeScope();
        _device = device;
        _model = new Transformer(shape.Model, device);
        Parameters = new ParameterBuffer(shape.Model, layout, members, device);
        Optimizer = device.type == DeviceType.CPU ? new HostAdamW(Parameters) : new DeviceAdamW(Parameters);
        _tokens = zeros([members, shape.Batch, shape.Model.NCtx], ScalarType.Int64).DetachFromDisposeScope();
    }

    internal ParameterBuffer Parameters { get; }
    internal IAdamW Optimizer { get; }

    /// <summary>
    /// Whether a member of a batched program computes the same bits as alone: so where everything that belongs to one member
    /// fills whole cache lines, which keeps it equally aligned, and no vector holds elements of two members.
    /// </summary>
    internal static bool KeepsBits(PackShape shape, ParameterLayout layout)
    {
        var rows = (long)shape.Batch * (shape.Model.NCtx - 1);
        long[] widths = [shape.Model.DModel, shape.Model.Heads * shape.Model.DHead, shape.Vocab];
        return widths.All(width => rows * width % LineOfFloats == 0) && layout.Parameters.All(parameter => parameter.Length % LineOfFloats == 0);
    }

    /// <summary>
    /// Whether a batch of members is faster on the CPU than one after the other. It saves the overhead of calls, which counts only
    /// in very small models; in larger ones the members push each other out of the caches.
    /// </summary>
    internal static bool PaysOnHost(PackShape shape) => (long)shape.Batch * shape.Model.NCtx <= MostTokensOnHost;

    /// <summary>Where one member's next sequences belong: [B, T], row-major. Rows that are not written keep what they held.</summary>
    internal Span<long> Tokens(int member)
    {
        var all = MemoryMarshal.Cast<byte, long>(_tokens.bytes);
        var each = all.Length / Parameters.Members;
        return all.Slice(member * each, each);
    }

    /// <summary>Loss and gradient of every member on the tokens it was given, then one update.</summary>
    /// <param name="coefficients">Asked, after the losses are known, for each member's coefficients; null leaves a member as it is.</param>
    internal void Step(Func<float[], IReadOnlyList<AdamWCoefficients?>> coefficients)
    {
        using var scope = NewDisposeScope();
        using var gradients = enable_grad(true);
        var losses = _model.TokenLosses(Parameters.Weights, _tokens.to(_device)).mean([1, 2]);  // [S]
        var byTensor = autograd.grad([losses.sum()], Parameters.Trainable);                     // [S, ...] each
        Optimizer.Step([.. byTensor], coefficients(losses.detach().cpu().data<float>().ToArray()));
    }

    public void Dispose()
    {
        _tokens.Dispose();
        Optimizer.Dispose();
        Parameters.Dispose();
        _model.Dispose();
    }
}

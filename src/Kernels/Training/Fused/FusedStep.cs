using System.Runtime.InteropServices;
using Orchestrator.Kernels.Native;
using Orchestrator.Platform.Cuda;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Training.Fused;

/// <summary>
/// The updates of a pack of transformers on a GPU by two kernels of our own (step.cu), compiled at run time for their shape. Updates are
/// queued: samples travel while earlier updates compute, and losses come back when they are asked for.
/// </summary>
/// <remarks>Two runs give the same bits; sums have another order than libtorch's, so that losses agree to about 1e-6.</remarks>
internal sealed class FusedStep : IPackStep
{
    private const int MostUpdates = 64;
    private const long MostSampleBytes = 64L << 20;
    private const int BlocksForEachPlace = 4;   // so that few places are idle at the end
    private const int Coefficients = 8;
    private const int UpdateThreads = 256;
    private readonly FusedShape _shape;
    private readonly IKernelProgram _program;
    private readonly ParameterBuffer _parameters;
    private readonly List<Tensor> _owned = [];
    private readonly Tensor _hostTokens, _hostCoefficients, _tokens, _coefficients, _positions, _weights, _gradients, _saved, _blockLosses, _losses, _stopped;
    private readonly int _parts;
    private readonly (int Blocks, int Tensors) _eachValue;
    private int _started;
    private bool _arranged;

    /// <summary>Takes a compiled program of a shape.</summary>
    /// <param name="shape">The members' shape.</param>
    /// <param name="parameters">Their parameters.</param>
    /// <param name="program">The compiled program; disposed with this.</param>
    internal FusedStep(FusedShape shape, ParameterBuffer parameters, IKernelProgram program)
    {
        (_shape, _parameters, _program) = (shape, parameters, program);
        using var scope = NewDisposeScope();
        var (S, device) = (parameters.Members, parameters.Flat.device);
        Most = (int)Math.Clamp(MostSampleBytes / ((long)S * shape.Batch * shape.Tokens * sizeof(long)), 1, MostUpdates);
        _parts = Parts(S);
        var longest = parameters.Layout.Parameters.Max(parameter => (long)parameter.Length);
        _eachValue = ((int)((longest * S + UpdateThreads - 1) / UpdateThreads), parameters.Layout.Parameters.Count);
        try
        {
            _hostTokens = Own(Host(zeros([Most, S, shape.Batch, shape.Tokens], ScalarType.Int64)));
            _hostCoefficients = Own(Host(zeros([Most, Coefficients, S], ScalarType.Float32)));
            _tokens = Own(zeros(_hostTokens.shape, ScalarType.Int64, device));
            _coefficients = Own(zeros(_hostCoefficients.shape, ScalarType.Float32, device));
            _positions = Own(tensor(shape.Positions(), device: device));
            _weights = Own(zeros([S, shape.Weights], ScalarType.Float32, device));
            _gradients = Own(empty([(long)S * _parts, shape.Gradients], ScalarType.Float32, device));
            _saved = Own(empty([(long)S * _parts, Math.Max(1, shape.SavedLayers * shape.SavedPerLayer)], ScalarType.Float32, device));
            _blockLosses = Own(zeros([(long)S * _parts], ScalarType.Float32, device));
            _losses = Own(zeros([Most, S], ScalarType.Float32, device));
            _stopped = Own(zeros([S], ScalarType.Int32, device));
            (Moment1, Moment2) = (Own(zeros_like(parameters.Flat)), Own(zeros_like(parameters.Flat)));
        }
        catch
        {
            _owned.ForEach(tensor => tensor.Dispose()); // a pack that does not fit is tried again smaller, at once
            throw;
        }
    }

    public string Description => "kernels of its own";
    public Tensor Moment1 { get; }
    public Tensor Moment2 { get; }
    public int Most { get; }

    public Span<byte> Samples(int update, int member)
    {
        var each = _shape.Batch * _shape.Tokens * sizeof(long);
        return _hostTokens.bytes.Slice((update * _parameters.Members + member) * each, each);
    }

    public void Update(IReadOnlyList<AdamWCoefficients?> coefficients)
    {
        using var scope = NewDisposeScope();
        var (n, S) = (_started, _parameters.Members);
        Write(coefficients, MemoryMarshal.Cast<byte, float>(_hostCoefficients.bytes).Slice(n * Coefficients * S, Coefficients * S));
        var (tokens, table, losses) = (_tokens[n], _coefficients[n], _losses[n]);
        tokens.copy_(_hostTokens[n], true);
        table.copy_(_hostCoefficients[n], true);
        var (flat, weights, gradients, found, stopped) = (_parameters.Flat.Address(), _weights.Address(), _gradients.Address(), _blockLosses.Address(), _stopped.Address());
        if (!_arranged)
        {
            _program.Launch("arrange", _eachValue, UpdateThreads, 0, S, flat, weights);
            _arranged = true;
        }
        _program.Launch(
            "gradients", (S * _parts, 1), _shape.Threads, _shape.SharedFloats * sizeof(float),
            _parts, tokens.Address(), weights, _positions.Address(), table.Address() + 6 * S * sizeof(float), stopped, gradients, found, _saved.Address());
        _program.Launch(
            "update", _eachValue, UpdateThreads, 0,
            S, _parts, flat, Moment1.Address(), Moment2.Address(), weights, gradients, found, table.Address(), stopped, losses.Address());
        _started++;
    }

    public float[][] Losses()
    {
        using var scope = NewDisposeScope();
        var all = _losses.narrow(0, 0, _started).cpu().data<float>().ToArray();
        _started = 0;
        return [.. all.Chunk(_parameters.Members)];
    }

    public void Dispose()
    {
        foreach (var tensor in _owned)
        {
            tensor.Dispose();
        }
        _program.Dispose();
    }

    /// <summary>Blocks that share a model's sequences: as few as keep the whole device busy.</summary>
    private int Parts(int members)
    {
        var wanted = BlocksForEachPlace * _program.BlocksAtOnce("gradients", _shape.Threads, _shape.SharedFloats * sizeof(float));
        return Math.Clamp(wanted / members, 1, _shape.Batch);
    }

    /// <summary>[8, S]: one row for each coefficient, then whether the member moves.</summary>
    private static void Write(IReadOnlyList<AdamWCoefficients?> coefficients, Span<float> table)
    {
        var S = coefficients.Count;
        table.Clear();
        for (var member = 0; member < S; member++)
        {
            if (coefficients[member] is { } use)
            {
                ReadOnlySpan<float> column = [use.Beta1, use.Beta2, use.Eps, use.Keep, use.StepSize, use.RootCorrection, 1];
                for (var row = 0; row < column.Length; row++)
                {
                    table[row * S + member] = column[row];
                }
            }
        }
    }

    /// <summary>Memory of the host from which a GPU reads while the processor goes on.</summary>
    private Tensor Host(Tensor values) => _parameters.Flat.device.type == TorchSharp.DeviceType.CUDA ? values.pin_memory() : values;

    private Tensor Own(Tensor tensor)
    {
        _owned.Add(tensor.DetachFromDisposeScope());
        return tensor;
    }
}

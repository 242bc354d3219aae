using System.Numerics;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Training;

/// <summary>
/// AdamW on the CPU: a single pass over weights, gradient and both moments. Every element sees the same operations in the same
/// order whatever the vector width, so that the machine's vectors do not show in the bits.
/// </summary>
internal sealed class HostAdamW(ParameterBuffer buffer) : IAdamW
{
    public Tensor Moment1 { get; } = zeros_like(buffer.Flat).DetachFromDisposeScope();
    public Tensor Moment2 { get; } = zeros_like(buffer.Flat).DetachFromDisposeScope();

    public void Step(IReadOnlyList<Tensor> gradients, IReadOnlyList<AdamWCoefficients?> coefficients)
    {
        var weights = Floats(buffer.Flat);
        var moment1 = Floats(Moment1);
        var moment2 = Floats(Moment2);
        foreach (var (n, parameter) in buffer.Layout.Parameters.Index())
        {
            using var contiguous = gradients[n].contiguous();
            var gradient = Floats(contiguous);
            for (var member = 0; member < buffer.Members; member++)
            {
                if (coefficients[member] is { } c)
                {
                    var start = (int)((long)parameter.Offset * buffer.Members + (long)parameter.Length * member);
                    Update(
                        weights.Slice(start, parameter.Length), gradient.Slice(parameter.Length * member, parameter.Length),
                        moment1.Slice(start, parameter.Length), moment2.Slice(start, parameter.Length),
                        parameter.Decays ? c : c with { Keep = 1 });
                }
            }
        }
    }

    private static void Update(Span<float> w, ReadOnlySpan<float> g, Span<float> m, Span<float> v, AdamWCoefficients c)
    {
        var (wide, i) = (Vector<float>.Count, 0);
        for (; i <= w.Length - wide; i += wide)
        {
            var gradient = new Vector<float>(g[i..]);
            var mean = new Vector<float>(m[i..]) * c.Beta1 + gradient * (1 - c.Beta1);
            var square = new Vector<float>(v[i..]) * c.Beta2 + gradient * gradient * (1 - c.Beta2);
            var root = Vector.SquareRoot(square) / c.RootCorrection + new Vector<float>(c.Eps);
            mean.CopyTo(m[i..]);
            square.CopyTo(v[i..]);
            (new Vector<float>(w[i..]) * c.Keep - mean * c.StepSize / root).CopyTo(w[i..]);
        }
        for (; i < w.Length; i++)
        {
            m[i] = m[i] * c.Beta1 + g[i] * (1 - c.Beta1);
            v[i] = v[i] * c.Beta2 + g[i] * g[i] * (1 - c.Beta2);
            w[i] = w[i] * c.Keep - m[i] * c.StepSize / (MathF.Sqrt(v[i]) / c.RootCorrection + c.Eps);
        }
    }

    private static Span<float> Floats(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);

    public void Dispose()
    {
        Moment1.Dispose();
        Moment2.Dispose();
    }
}

using System.Runtime.InteropServices;
using Orchestrator.Kernels.Model;
using Orchestrator.Kernels.Randomness;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Training;

/// <summary>The parameters of a pack in one flat float32 buffer [S*P], with a trainable view of every tensor.</summary>
internal sealed class ParameterBuffer : IDisposable
{
    private readonly Dictionary<string, Tensor> _views = new(StringComparer.Ordinal);

    internal ParameterBuffer(ParameterLayout layout, int members, Device device)
    {
        using var scope = NewDisposeScope();
        (Layout, Members) = (layout, members);
        Flat = zeros(Size(layout, members), ScalarType.Float32, device).DetachFromDisposeScope();
        foreach (var (name, view) in Views(Flat))
        {
            _views[name] = view.detach().requires_grad_().DetachFromDisposeScope();
        }
        Trainable = [.. layout.Parameters.Select(parameter => _views[parameter.Name])];
    }

    internal ParameterLayout Layout { get; }
    internal int Members { get; }
    /// <summary>Everything [S*P], tensor after tensor.</summary>
    internal Tensor Flat { get; }
    /// <summary>The tensors in the order of the layout, each a view [S, ...] that wants a gradient.</summary>
    internal IList<Tensor> Trainable { get; }
    /// <summary>The same views by name.</summary>
    internal IReadOnlyDictionary<string, Tensor> Weights => _views;

    internal static long Size(ParameterLayout layout, int members) => (long)layout.Count * members;

    /// <summary>The tensors of a buffer of this layout by name, [S, ...] each, sharing its memory.</summary>
    internal IReadOnlyDictionary<string, Tensor> Views(Tensor buffer) => Layout.Parameters.ToDictionary(
        parameter => parameter.Name,
        parameter => buffer.narrow(0, (long)parameter.Offset * Members, (long)parameter.Length * Members).view([Members, .. parameter.Shape]));

    /// <summary>Draws a member's initial values: each tensor from its own stream, so that the shape of one does not move another.</summary>
    internal static float[] Initial(ParameterLayout layout, ulong seed)
    {
        var values = new float[layout.Count];
        foreach (var parameter in layout.Parameters)
        {
            var part = values.AsSpan(parameter.Offset, parameter.Length);
            if (parameter.Deviation > 0)
            {
                RandomSource.For(seed, parameter.Name).FillNormal(part, parameter.Deviation);
            }
            else
            {
                part.Fill((float)parameter.Mean);
            }
        }
        return values;
    }

    /// <summary>Writes one member's values (in the order of the layout) into a buffer of this layout.</summary>
    internal void Scatter(ReadOnlySpan<float> values, Tensor buffer, int member)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        foreach (var parameter in Layout.Parameters)
        {
            var part = tensor(values.Slice(parameter.Offset, parameter.Length).ToArray());
            Slice(buffer, parameter, member).copy_(part);
        }
    }

    /// <summary>Reads one member's values, in the order of the layout.</summary>
    internal float[] Gather(Tensor buffer, int member)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var values = new float[Layout.Count];
        foreach (var parameter in Layout.Parameters)
        {
            MemoryMarshal.Cast<byte, float>(Slice(buffer, parameter, member).cpu().bytes).CopyTo(values.AsSpan(parameter.Offset));
        }
        return values;
    }

    private Tensor Slice(Tensor buffer, Parameter parameter, int member) =>
        buffer.narrow(0, (long)parameter.Offset * Members + (long)parameter.Length * member, parameter.Length);

    public void Dispose()
    {
        foreach (var view in _views.Values)
        {
            view.Dispose();
        }
        Flat.Dispose();
    }
}

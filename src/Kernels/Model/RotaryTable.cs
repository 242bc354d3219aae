using Orchestrator.Kernels.Native;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Model;

/// <summary>
/// Rotary positions in the layout of TransformerLens (GPT-NeoX): of the first <see cref="Dimensions"/> components of a query or
/// key, component i is paired with i + Dimensions/2 and the pair turned by position / 10000^(2i/Dimensions).
/// </summary>
public sealed class RotaryTable : IDisposable
{
    /// <summary>Base of the angles; written into config files as <c>rotary_base</c>.</summary>
    public const int Base = 10000;

    private readonly Tensor _cosine;
    private readonly Tensor _sine;
    private readonly int _dHead;

    /// <summary>Tables for sequences up to <paramref name="positions"/> tokens.</summary>
    public RotaryTable(int positions, int dHead, Device device)
    {
        _dHead = dHead;
        Dimensions = RotatedDimensions(dHead);
        using var scope = NewDisposeScope();
        var both = tensor(Values(positions, Dimensions), [2, positions, Dimensions / 2], device: device);
        _cosine = both[0].DetachFromDisposeScope();
        _sine = both[1].DetachFromDisposeScope();
    }

    /// <summary>How many components turn; the others stay.</summary>
    public int Dimensions { get; }

    /// <summary>Components that turn in a trained model's heads: all of them, the last one excepted where d_head is odd.</summary>
    public static int RotatedDimensions(int dHead) => dHead - dHead % 2;

    /// <summary>Cosines, then sines, of the angle of each position and pair [2, positions, dimensions / 2], row-major.</summary>
    internal static float[] Values(int positions, int dimensions)
    {
        var half = dimensions / 2;
        var table = new float[2 * positions * half];
        for (var n = 0; n < positions * half; n++)
        {
            var angle = n / half / Math.Pow(Base, 2.0 * (n % half) / dimensions);
            (table[n], table[positions * half + n]) = ((float)Math.Cos(angle), (float)Math.Sin(angle));
        }
        return table;
    }

    /// <summary>Turns queries or keys [..., T, e] according to their position.</summary>
    public Tensor Rotate(Tensor heads)
    {
        ArgumentNullException.ThrowIfNull(heads);
        var (T, half) = (heads.shape[^2], Dimensions / 2);
        var (cosine, sine) = (_cosine.narrow(0, 0, T), _sine.narrow(0, 0, T));  // [T, half], broadcast over heads
        var (first, second) = (heads.narrow(-1, 0, half), heads.narrow(-1, half, half));
        List<Tensor> turned = [first * cosine - second * sine, (second * cosine).Plus(first * sine)];
        if (Dimensions < _dHead)
        {
            turned.Add(heads.narrow(-1, Dimensions, _dHead - Dimensions));
        }
        return cat(turned, -1);                                                 // [..., T, e]
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _cosine.Dispose();
        _sine.Dispose();
    }
}

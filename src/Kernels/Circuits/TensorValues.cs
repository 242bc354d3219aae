using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>From tensors to plain numbers. An undefined number is NaN until it leaves the kernels.</summary>
internal static class TensorValues
{
    /// <summary>The one number of a tensor.</summary>
    public static double Value(this Tensor t)
    {
        using var number = t.to_type(ScalarType.Float64).cpu();
        return number.item<double>();
    }

    /// <summary>All numbers in row-major order.</summary>
    public static double[] Values(this Tensor t)
    {
        using var numbers = t.to_type(ScalarType.Float64).cpu().contiguous();
        return t.numel() == 0 ? [] : numbers.data<double>().ToArray();
    }

    /// <summary>The rows of a matrix.</summary>
    public static double[][] Rows(this Tensor t)
    {
        var (values, columns) = (t.Values(), (int)t.shape[^1]);
        return [.. Enumerable.Range(0, (int)t.shape[0]).Select(row => values[(row * columns)..((row + 1) * columns)])];
    }

    /// <summary>A matrix of numbers.</summary>
    public static double[,] Matrix(this Tensor t)
    {
        var (rows, columns) = ((int)t.shape[0], (int)t.shape[1]);
        var (values, matrix) = (t.Values(), new double[rows, columns]);
        Buffer.BlockCopy(values, 0, matrix, 0, values.Length * sizeof(double));
        return matrix;
    }

    /// <summary>In float64, for reductions of d_head × d_head matrices.</summary>
    public static Tensor Exact(this Tensor t) => t.to_type(ScalarType.Float64);

    /// <summary>Squared Frobenius norm of each matrix of a stack, in float64.</summary>
    public static Tensor SquaredNorm(this Tensor t) => t.Exact().square().sum([-2, -1]);

    /// <summary>Trace of each matrix of a stack, in float64.</summary>
    public static Tensor Trace(this Tensor t) => t.Exact().diagonal(dim1: -2, dim2: -1).sum(-1);

    /// <summary>Transpose of each matrix of a stack.</summary>
    public static Tensor T(this Tensor t) => t.transpose(-2, -1);

    /// <summary>Each member's rows times its own matrix: x [S, ..., d] and W [S, d, n] to [S, ..., n].</summary>
    public static Tensor Times(this Tensor x, Tensor W) => x.flatten(1, -2).bmm(W).view([.. x.shape[..^1], W.shape[^1]]);

    /// <summary>One constant of each member [S, ...] beside <paramref name="x"/> [S, ..., ...]: axes of 1 after the members'.</summary>
    public static Tensor Beside(this Tensor constant, Tensor x) =>
        constant.view([constant.shape[0], .. Enumerable.Repeat(1L, (int)(x.dim() - constant.dim())), .. constant.shape[1..]]);

    /// <summary>The mean, NaN of nothing.</summary>
    public static double Mean(this IReadOnlyCollection<double> values) => values.Count == 0 ? double.NaN : values.Average();

    /// <summary>The number, or null if it is undefined.</summary>
    public static double? Defined(this double value) => double.IsNaN(value) ? null : value;
}

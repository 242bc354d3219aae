using System.Collections.Concurrent;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>
/// What the OV eigen-score of a head with Gaussian weights spreads by (math.md 3.1): mean 0, standard deviation dependent on
/// (d, d_head, V), by seeded Monte Carlo. One simulation per shape and process.
/// </summary>
/// <remarks>
/// W_O W_U W_E W_V is drawn exactly, without its large factors: with W_V = QR, W_E Q is Gaussian again and R is the triangular
/// factor of Bartlett's decomposition, whose squared diagonal is chi-squared. So for e ≤ min(d, V) the matrix is R_O^T N R_V' R_V,
/// all e × e. Wider heads are drawn with what of this applies.
/// </remarks>
public static class EigenScoreNull
{
    private const int Draws = 2048;
    private const int Seed = 20_211_222;
    private static readonly ConcurrentDictionary<(int Width, int Head, int Vocab), Lazy<double>> Known = new();

    /// <summary>Standard deviation of the score at that shape.</summary>
    public static double StandardDeviation(int dModel, int dHead, int vocab) =>
        Known.GetOrAdd((dModel, dHead, vocab), shape => new Lazy<double>(() => Simulate(shape.Width, shape.Head, shape.Vocab))).Value;

    /// <summary>Scores in units of the null's standard deviation.</summary>
    public static double[] Z(CircuitConfiguration configuration, IReadOnlyList<double> scores)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(scores);
        if (scores.Count == 0)
        {
            return [];
        }
        var deviation = StandardDeviation(configuration.DModel, configuration.DHead, configuration.Vocab);
        return [.. scores.Select(score => deviation > 0 ? score / deviation : double.NaN)];
    }

    private static double Simulate(int d, int e, int vocab)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var normal = new NormalSource(Seed);
        double[] scores = [.. Enumerable.Range(0, Draws / 64).SelectMany(_ => Batch(normal, 64, d, e, vocab))];
        return Math.Sqrt(scores.Select(score => score * score).Average());        // around the known mean 0
    }

    private static double[] Batch(NormalSource normal, int draws, int d, int e, int vocab)
    {
        using var scope = NewDisposeScope();
        var product = e <= Math.Min(d, vocab)
            ? Triangle(normal, draws, e, d).T().matmul(Through(normal, draws, e, vocab)).matmul(Triangle(normal, draws, e, d))
            : normal.Tensor(draws, e, d).matmul(Through(normal, draws, d, vocab)).matmul(normal.Tensor(draws, d, e));
        return EigenScore.Of(product, zeros(draws, dtype: ScalarType.Float64));
    }

    /// <summary>W_U W_E of width n over a vocabulary [draws, n, n].</summary>
    private static Tensor Through(NormalSource normal, int draws, int n, int vocab) => n <= vocab
        ? normal.Tensor(draws, n, n).matmul(Triangle(normal, draws, n, vocab))
        : normal.Tensor(draws, n, vocab).matmul(normal.Tensor(draws, vocab, n));

    /// <summary>The triangular factor of a Gaussian [rows, n] matrix, rows ≥ n (Bartlett 1933): [draws, n, n].</summary>
    private static Tensor Triangle(NormalSource normal, int draws, int n, int rows)
    {
        var values = new double[draws * n * n];
        for (var draw = 0; draw < draws; draw++)
        {
            for (var i = 0; i < n; i++)
            {
                values[(draw * n + i) * n + i] = Math.Sqrt(normal.ChiSquared(rows - i));
                for (var j = i + 1; j < n; j++)
                {
                    values[(draw * n + i) * n + j] = normal.Next();
                }
            }
        }
        return tensor(values, [draws, n, n]);
    }
}

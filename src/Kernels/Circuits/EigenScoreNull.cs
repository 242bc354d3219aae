using System.Collections.Concurrent;
using Orchestrator.Kernels.Native;
using Orchestrator.Kernels.Randomness;
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
    private const int DrawsAtOnce = 64;
    private const ulong Seed = 0;
    private static readonly ConcurrentDictionary<(int Width, int Head, int Vocab), Lazy<double>> Known = new();

    /// <summary>Standard deviation of the score at that shape.</summary>
    public static double StandardDeviation(int dModel, int dHead, int vocab) =>
        Known.GetOrAdd((dModel, dHead, vocab), shape => new Lazy<double>(() => Simulate(shape.Width, shape.Head, shape.Vocab))).Value;

    /// <summary>Scores in units of the null's standard deviation.</summary>
    public static Tensor Z(CircuitConfiguration configuration, Tensor scores)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(scores);
        var deviation = scores.numel() == 0 ? 1 : StandardDeviation(configuration.DModel, configuration.DHead, configuration.Vocab);
        return scores / (deviation > 0 ? deviation : double.NaN).Held();
    }

    private static double Simulate(int d, int e, int vocab)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var random = RandomSource.For(Seed, "eigen-score-null");
        double[] scores = [.. Enumerable.Range(0, Draws / DrawsAtOnce).SelectMany(_ => Batch(random, DrawsAtOnce, d, e, vocab))];
        return Math.Sqrt(scores.Select(score => score * score).Average());        // around the known mean 0
    }

    private static double[] Batch(RandomSource random, int draws, int d, int e, int vocab)
    {
        using var scope = NewDisposeScope();
        var product = e <= Math.Min(d, vocab)
            ? Triangle(random, draws, e, d).T().matmul(Through(random, draws, e, vocab)).matmul(Triangle(random, draws, e, d))
            : Normal(random, draws, e, d).matmul(Through(random, draws, d, vocab)).matmul(Normal(random, draws, d, e));
        return EigenScore.Of(product, zeros(draws, dtype: ScalarType.Float64)).Values();
    }

    /// <summary>W_U W_E of width n over a vocabulary [draws, n, n].</summary>
    private static Tensor Through(RandomSource random, int draws, int n, int vocab) => n <= vocab
        ? Normal(random, draws, n, n).matmul(Triangle(random, draws, n, vocab))
        : Normal(random, draws, n, vocab).matmul(Normal(random, draws, vocab, n));

    /// <summary>The triangular factor of a Gaussian [rows, n] matrix, rows ≥ n (Bartlett 1933): [draws, n, n].</summary>
    private static Tensor Triangle(RandomSource random, int draws, int n, int rows)
    {
        var above = Normal(random, draws, n, n).triu(1);
        double[] diagonal = [.. Enumerable.Range(0, draws * n).Select(k => Math.Sqrt(2 * random.NextGamma((rows - k % n) / 2.0)))];      // chi
        return above.Plus(tensor(diagonal, [draws, n]).diag_embed());
    }

    private static Tensor Normal(RandomSource random, params ReadOnlySpan<long> shape)
    {
        var values = new float[shape[0] * shape[1] * shape[2]];
        random.FillNormal(values, 1.0);
        return tensor(values, shape.ToArray()).to_type(ScalarType.Float64);
    }
}

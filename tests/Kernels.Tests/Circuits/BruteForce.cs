using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Circuits;
using Orchestrator.Kernels.Model;
using TorchSharp;

namespace Orchestrator.Kernels.Tests.Circuits;

/// <summary>
/// math.md 1.2 and 1.3 word by word, for one sequence: loops over positions, heads and components of plain arrays, layer norm
/// where it stands and not folded. Heads can be zeroed, patterns and norms forced.
/// </summary>
internal sealed class BruteForce
{
    private readonly CircuitConfiguration _c;
    private readonly ModelWeights _w;
    private readonly long[] _tokens;
    private readonly int _d;

    /// <summary>Attention by layer and head [query][key].</summary>
    public List<double[][][]> Patterns { get; } = [];
    /// <summary>1 / sigma by read (L layers and the unembedding) and position.</summary>
    public List<double[]> Scales { get; } = [];
    /// <summary>What each head wrote, by layer and head [pos][d].</summary>
    public List<double[][][]> Written { get; } = [];
    public double[][] Logits { get; }

    public BruteForce(CircuitConfiguration configuration, ModelWeights weights, long[] tokens, Func<int, int, bool>? zeroed = null, BruteForce? frozen = null)
    {
        (_c, _w, _tokens, _d) = (configuration, weights, tokens, configuration.DModel);
        var W_E = Values(weights.W_E);
        var x = tokens.Select((t, i) => Vector(m => W_E[t * _d + m] + (_c.Positions == PositionKind.Learned ? P(i, m) : 0))).ToArray();
        foreach (var (l, layer) in weights.Layers.Index())
        {
            var read = Norm(x, layer.Norm, frozen?.Scales[l]);
            var (patterns, written) = (new double[_c.Heads][][], new double[_c.Heads][][]);
            for (var h = 0; h < _c.Heads; h++)
            {
                patterns[h] = frozen?.Patterns[l][h] ?? Attend(layer, h, read);
                written[h] = zeroed?.Invoke(l, h) == true ? [.. x.Select(_ => Vector(_ => 0))] : Write(layer, h, read, patterns[h]);
            }
            Patterns.Add(patterns);
            Written.Add(written);
            var bias = layer.B_O is { } b ? Values(b) : null;
            x = [.. x.Select((row, i) => Vector(m => row[m] + written.Sum(head => head[i][m]) + (bias?[m] ?? 0)))];
        }
        var final = Norm(x, weights.FinalNorm, frozen?.Scales[_c.Layers]);
        var (W_U, b_U) = (Values(weights.W_U), weights.B_U is { } bu ? Values(bu) : null);
        Logits = [.. final.Select(row => Range(_c.Vocab).Select(u => Range(_d).Sum(m => row[m] * W_U[m * _c.Vocab + u]) + (b_U?[u] ?? 0)).ToArray())];
    }

    /// <summary>Mean loss of the next token.</summary>
    public double Loss => Range(_tokens.Length - 1).Average(i => LogSumExp(Logits[i]) - Logits[i][_tokens[i + 1]]);

    // Norms of narrow models make logits of thousands, whose exponentials no double holds.
    private static double LogSumExp(double[] logits) => logits.Max() + Math.Log(logits.Sum(logit => Math.Exp(logit - logits.Max())));

    private double[][] Attend(LayerWeights layer, int h, double[][] read)
    {
        var placed = read.Select((row, i) => Vector(m => row[m] + (_c.Positions == PositionKind.Shortformer ? P(i, m) : 0))).ToArray();
        var q = placed.Select(row => Read(row, layer.W_Q, layer.B_Q, h)).ToArray();
        var k = placed.Select(row => Read(row, layer.W_K, layer.B_K, h)).ToArray();
        if (layer.SmearAlpha is { } alpha)
        {
            var keep = 1 / (1 + Math.Exp(-Values(alpha)[h]));
            k = [.. k.Select((key, j) => j == 0 ? key : key.Select((value, a) => keep * value + (1 - keep) * k[j - 1][a]).ToArray())];
        }
        (q, k) = ([.. q.Select(Rotate)], [.. k.Select(Rotate)]);
        return [.. q.Select((query, i) =>
        {
            var score = Range(q.Length).Select(j => j > i ? double.NegativeInfinity : Range(_c.DHead).Sum(a => query[a] * k[j][a]) / _c.AttentionScale).ToArray();
            var weight = score.Select(value => Math.Exp(value - score.Max())).ToArray();
            return weight.Select(value => value / weight.Sum()).ToArray();
        })];
    }

    private double[][] Write(LayerWeights layer, int h, double[][] read, double[][] pattern)
    {
        var v = read.Select(row => Read(row, layer.W_V, layer.B_V, h)).ToArray();
        var W_O = Values(layer.W_O);
        return [.. pattern.Select(row =>
        {
            var mixed = Range(_c.DHead).Select(a => Range(v.Length).Sum(j => row[j] * v[j][a])).ToArray();
            return Vector(m => Range(_c.DHead).Sum(a => mixed[a] * W_O[(h * _c.DHead + a) * _d + m]));
        })];
    }

    private double[] Read(double[] row, torch.Tensor matrix, torch.Tensor? bias, int h)
    {
        var (W, b, wide) = (Values(matrix), bias is null ? null : Values(bias), _c.Heads * _c.DHead);
        return [.. Range(_c.DHead).Select(a => Range(_d).Sum(m => row[m] * W[m * wide + h * _c.DHead + a]) + (b?[h * _c.DHead + a] ?? 0))];
    }

    private double[] Rotate(double[] head, int position)
    {
        var (n, turned) = (_c.RotaryDimensions, head.ToArray());
        for (var k = 0; k < n / 2; k++)
        {
            var (a, b) = _c.RotaryAdjacentPairs ? (2 * k, 2 * k + 1) : (k, k + n / 2);
            var angle = position / Math.Pow(_c.RotaryBase, 2.0 * k / n);
            turned[a] = head[a] * Math.Cos(angle) - head[b] * Math.Sin(angle);
            turned[b] = head[b] * Math.Cos(angle) + head[a] * Math.Sin(angle);
        }
        return turned;
    }

    private double[][] Norm(double[][] x, NormWeights? norm, double[]? forced)
    {
        if (_c.Normalization == Normalization.None)
        {
            Scales.Add([.. x.Select(_ => 1.0)]);
            return x;
        }
        var scale = forced ?? [.. x.Select(row => 1 / Math.Sqrt(row.Average(value => (value - row.Average()) * (value - row.Average())) + _c.NormEpsilon))];
        Scales.Add(scale);
        var (gain, offset) = (norm is null ? null : Values(norm.Gain), norm is null ? null : Values(norm.Offset));
        return [.. x.Select((row, i) => Vector(m => (row[m] - row.Average()) * scale[i] * (gain?[m] ?? 1) + (offset?[m] ?? 0)))];
    }

    private double P(int i, int m) => Values(_w.W_pos!)[i * _d + m];

    private double[] Vector(Func<int, double> component) => [.. Range(_d).Select(component)];

    private static double[] Values(torch.Tensor tensor) => tensor[0].Values();

    private static IEnumerable<int> Range(int count) => Enumerable.Range(0, count);
}

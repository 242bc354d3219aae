using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Model;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Tests.Model;

/// <summary>math.md section 1.2 word by word: loops over positions, heads and components in double, one model, one sequence.</summary>
internal sealed class NaiveTransformer(ModelConfiguration shape, ModelWeights weights, int member)
{
    private readonly int _d = shape.DModel;
    private readonly int _e = shape.DHead;

    public double[][] Logits(long[] tokens)
    {
        var W_E = Values(weights.W_E);
        var x = tokens.Select((token, i) => Range(_d).Select(m => W_E[token * _d + m] + (shape.Positions == PositionKind.Learned ? Values(weights.W_pos!)[i * _d + m] : 0)).ToArray()).ToArray();
        foreach (var layer in weights.Layers)
        {
            var read = x.Select(row => Norm(row, layer.Norm)).ToArray();
            var placed = read.Select((row, i) => row.Select((value, m) => value + Position(i, m)).ToArray()).ToArray();
            var next = x.Select(row => row.ToArray()).ToArray();
            for (var h = 0; h < shape.Heads; h++)
            {
                AddHead(layer, h, read, placed, next);
            }
            x = next;
        }
        var W_U = Values(weights.W_U);
        var V = W_U.Length / _d;
        return [.. x.Select(row => Norm(row, weights.FinalNorm)).Select(row => Range(V).Select(u => Range(_d).Sum(m => row[m] * W_U[m * V + u])).ToArray())];
    }

    private void AddHead(LayerWeights layer, int h, double[][] read, double[][] placed, double[][] next)
    {
        var q = placed.Select(row => Read(row, layer.W_Q, h)).ToArray();
        var k = placed.Select(row => Read(row, layer.W_K, h)).ToArray();
        var v = read.Select(row => Read(row, layer.W_V, h)).ToArray();
        if (layer.SmearAlpha is not null)
        {
            var keep = 1 / (1 + Math.Exp(-Values(layer.SmearAlpha)[h]));
            k = [.. k.Select((key, j) => j == 0 ? key : key.Select((value, a) => keep * value + (1 - keep) * k[j - 1][a]).ToArray())];
        }
        if (shape.Positions == PositionKind.Rotary)
        {
            (q, k) = ([.. q.Select(Rotate)], [.. k.Select(Rotate)]);
        }
        var W_O = Values(layer.W_O);
        for (var i = 0; i < q.Length; i++)
        {
            var weight = Range(i + 1).Select(j => Math.Exp(Range(_e).Sum(a => q[i][a] * k[j][a]) / Math.Sqrt(_e))).ToArray();
            for (var a = 0; a < _e; a++)
            {
                var mixed = Range(i + 1).Sum(j => weight[j] * v[j][a]) / weight.Sum();
                for (var m = 0; m < _d; m++)
                {
                    next[i][m] += mixed * W_O[(h * _e + a) * _d + m];
                }
            }
        }
    }

    private double[] Read(double[] row, Tensor matrix, int h)
    {
        var W = Values(matrix);
        return [.. Range(_e).Select(a => Range(_d).Sum(m => row[m] * W[m * shape.Heads * _e + h * _e + a]))];
    }

    private double[] Rotate(double[] head, int position)
    {
        var half = _e / 2;
        return [.. head.Select((value, a) =>
        {
            if (a >= 2 * half)
            {
                return value;
            }
            var angle = position / Math.Pow(10000, 2.0 * (a % half) / (2 * half));
            return a < half ? value * Math.Cos(angle) - head[a + half] * Math.Sin(angle) : value * Math.Cos(angle) + head[a - half] * Math.Sin(angle);
        })];
    }

    private double Position(int i, int m) => shape.Positions != PositionKind.Shortformer ? 0
        : shape.PositionScale * (m % 2 == 0 ? Math.Sin(i / Math.Pow(10000, (double)m / _d)) : Math.Cos(i / Math.Pow(10000, (double)(m - 1) / _d)));

    private double[] Norm(double[] row, NormWeights? norm)
    {
        if (norm is null)
        {
            return row;
        }
        var (gain, offset) = (Values(norm.Gain), Values(norm.Offset));
        var mean = row.Average();
        var sigma = Math.Sqrt(row.Average(value => (value - mean) * (value - mean)) + 1e-5);
        return [.. row.Select((value, m) => (value - mean) / sigma * gain[m] + offset[m])];
    }

    private double[] Values(Tensor tensor) => [.. tensor[member].cpu().contiguous().data<float>().ToArray().Select(value => (double)value)];

    private static IEnumerable<int> Range(int count) => Enumerable.Range(0, count);
}

using MathNet.Numerics.Distributions;
using MathNet.Numerics.Random;

namespace Orchestrator.Statistics.Tests.Nulls;

/// <summary>Heads with Gaussian weights, and the composition scores of all pairs in different layers by their definition through Grams (math.md 4.1).</summary>
internal sealed class GaussianModel
{
    private readonly int _d;
    private readonly int _perLayer;
    private readonly Head[] _heads;

    private GaussianModel(int d, int perLayer, Head[] heads) => (_d, _perLayer, _heads) = (d, perLayer, heads);

    public static GaussianModel Draw(MersenneTwister random, int d, int e, int layers, int heads)
    {
        return new(d, heads, [.. Enumerable.Range(0, layers * heads).Select(_ => new Head(Factor(), Factor(), Factor(), Factor()))]);

        double[][] Factor() => [.. Enumerable.Range(0, e).Select(_ =>
        {
            var row = new double[d];
            Normal.Samples(random, row, 0, 1);
            return row;
        })];
    }

    /// <summary>Excess over 1/sqrt(d) of every pair: by way of composing (Q, K, V), then by pair.</summary>
    public IReadOnlyList<IReadOnlyList<double>> Excesses()
    {
        var (query, key, value) = (new List<double>(), new List<double>(), new List<double>());
        for (var from = 0; from < _heads.Length; from++)
        {
            for (var to = (from / _perLayer + 1) * _perLayer; to < _heads.Length; to++)
            {
                var (first, second) = (_heads[from], _heads[to]);
                query.Add(Excess(first, second.Query, second.KeyGram, second.QueryKeySquares));
                key.Add(Excess(first, second.Key, second.QueryGram, second.QueryKeySquares));
                value.Add(Excess(first, second.Value, second.OutputGram, second.OutputValueSquares));
            }
        }
        return [query, key, value];
    }

    private double Excess(Head first, double[][] reads, double[][] outside, double squares)
    {
        var through = Times(first.Output, reads);                                        // [e, e]
        return Math.Sqrt(Trace(Times(first.ValueGram, Transposed(through)), Times(through, outside)) / (first.OutputValueSquares * squares)) - 1 / Math.Sqrt(_d);
    }

    /// <summary>Factors as rows [e][d].</summary>
    private sealed record Head(double[][] Query, double[][] Key, double[][] Value, double[][] Output)
    {
        public double[][] QueryGram { get; } = Times(Query, Query);
        public double[][] KeyGram { get; } = Times(Key, Key);
        public double[][] ValueGram { get; } = Times(Value, Value);
        public double[][] OutputGram { get; } = Times(Output, Output);
        public double QueryKeySquares => Trace(QueryGram, KeyGram);
        public double OutputValueSquares => Trace(ValueGram, OutputGram);
    }

    /// <summary>A B^T.</summary>
    private static double[][] Times(double[][] a, double[][] b) => [.. a.Select(row => b.Select(other => Dot(row, other)).ToArray())];

    private static double[][] Transposed(double[][] a) => [.. a[0].Select((_, column) => a.Select(row => row[column]).ToArray())];

    /// <summary>tr(A^T B).</summary>
    private static double Trace(double[][] a, double[][] b) => a.Zip(b, Dot).Sum();

    private static double Dot(double[] a, double[] b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }
        return sum;
    }
}

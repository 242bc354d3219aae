using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Circuits;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Tests.Circuits;

/// <summary>The ends of circuits between tokens against all of their entries, one by one in loops over plain arrays.</summary>
[Collection("circuits")]
public sealed class CircuitExtremesTests
{
    [Fact]
    public void The_ends_of_a_circuit_are_those_of_all_its_entries() => OddModels.Check(40, odd =>
    {
        var model = odd.Model();
        for (var head = 0; head < model.Heads.Count; head++)
        {
            Holds(Entries(model.W_E[0], model.Heads.W_V[0][head], model.Heads.W_O[0][head], model.W_U[0], 1), CircuitExtremes.OfOutputValue(model, head, 3), odd.Vocab);
            Holds(Entries(model.W_E[0], model.Heads.W_Q[0][head], model.Heads.W_K[0][head].T, model.W_E[0].T, model.Configuration.AttentionScale), CircuitExtremes.OfQueryKey(model, head, 3), odd.Vocab);
        }
    });

    [Fact]
    public void Only_the_first_tokens_are_looked_at_where_there_are_more_but_the_mean_is_over_all()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var model = Odd.Model();
        var all = Entries(model.W_E[0], model.Heads.W_V[0][1], model.Heads.W_O[0][1], model.W_U[0], 1);
        var first = Enumerable.Range(0, 16).Select(i => (i / 4, i % 4)).ToDictionary(place => place, place => all[place.Item1, place.Item2]);

        var found = CircuitExtremes.OfOutputValue(model, 1, 50, tokens: 4);

        Assert.Equal(16, found.Largest.Count);
        Assert.Equal(16, found.Smallest.Count);
        Assert.All(found.Largest, entry => Assert.Equal(first[((int)entry.Row, (int)entry.Column)], entry.Value, 1e-9));
        Assert.Equal(found.Largest.Reverse(), found.Smallest);
    }

    [Fact]
    public void More_rows_than_a_chunk_holds_are_all_looked_at()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var model = (Odd with { Vocab = 2_500 }).Model(); // a chunk has 1,677 of its rows
        var all = model.W_E[0].matmul(model.Heads.W_V[0][0]).matmul(model.Heads.W_O[0][0]).matmul(model.W_U[0]);
        all -= all.mean([1], keepdim: true);

        var found = CircuitExtremes.OfOutputValue(model, 0, 50);

        Assert.Contains(found.Largest.Concat(found.Smallest), entry => entry.Row >= 1_677);
        Assert.Equal(Values(all.reshape(-1).topk(50).values), found.Largest.Select(entry => Math.Round(entry.Value, 9)));
        Assert.Equal(Values(all.reshape(-1).topk(50, largest: false).values), found.Smallest.Select(entry => Math.Round(entry.Value, 9)));

        static double[] Values(Tensor t) => [.. t.data<double>().Select(value => Math.Round(value, 9))];
    }

    [Fact]
    public void What_is_not_finite_is_left_out()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var broken = Odd.Model(weights => weights with { W_U = weights.W_U * double.NaN });
        Assert.Empty(CircuitExtremes.OfOutputValue(broken, 0, 3).Largest);
        Assert.Equal(3, CircuitExtremes.OfQueryKey(broken, 0, 3).Smallest.Count);
    }

    private static OddModel Odd => new(2, 2, 8, 3, 9, 6, 1, PositionKind.None, Normalization.None, false, false, 0, false, 11);

    private static void Holds(double[,] all, CircuitExtremes found, int vocab)
    {
        double[] sorted = [.. all.Cast<double>().Order()];
        var count = Math.Min(3, vocab * vocab);
        Assert.Equal((count, count), (found.Largest.Count, found.Smallest.Count));
        for (var i = 0; i < count; i++)
        {
            Assert.Equal(sorted[^(i + 1)], found.Largest[i].Value, 1e-9);
            Assert.Equal(sorted[i], found.Smallest[i].Value, 1e-9);
        }
        Assert.All(found.Largest.Concat(found.Smallest), entry => Assert.Equal(all[entry.Row, entry.Column], entry.Value, 1e-9));
    }

    /// <summary>Every entry of a product of four matrices over a scale, minus the mean of its row.</summary>
    private static double[,] Entries(Tensor a, Tensor b, Tensor c, Tensor d, double scale)
    {
        var product = Times(Times(Times(Matrix(a), Matrix(b)), Matrix(c)), Matrix(d));
        var columns = product.GetLength(1);
        for (var row = 0; row < product.GetLength(0); row++)
        {
            var mean = Enumerable.Range(0, columns).Average(column => product[row, column]);
            for (var column = 0; column < columns; column++)
            {
                product[row, column] = (product[row, column] - mean) / scale;
            }
        }
        return product;
    }

    private static double[,] Times(double[,] left, double[,] right)
    {
        var product = new double[left.GetLength(0), right.GetLength(1)];
        for (var row = 0; row < product.GetLength(0); row++)
        {
            for (var column = 0; column < product.GetLength(1); column++)
            {
                for (var inner = 0; inner < right.GetLength(0); inner++)
                {
                    product[row, column] += left[row, inner] * right[inner, column];
                }
            }
        }
        return product;
    }

    private static double[,] Matrix(Tensor t)
    {
        var matrix = new double[t.shape[0], t.shape[1]];
        foreach (var (place, value) in t.contiguous().data<double>().Index())
        {
            matrix[place / t.shape[1], place % t.shape[1]] = value;
        }
        return matrix;
    }
}

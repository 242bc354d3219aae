using System.Collections.Concurrent;
using MathNet.Numerics;
using Orchestrator.Contracts.Api;

namespace Orchestrator.Statistics.Nulls;

/// <summary>
/// What the largest composition excess over pairs of heads comes to if all weights are Gaussian (math.md 4.1, 8.3); Q-, K- and V-composition have the same null.
/// </summary>
/// <remarks>
/// The squared score X of one pair has mean 1/d and variance 2 (c - 1/d)² / ((d - 1)(d + 2)), c the expectation of sum a² / (sum a)² over the squared singular
/// values a of W_1 W_2^T, which the moments of Wishart matrices give: c = ((d + 1)(d + e + 1) + d e + 2) / (d² e + 4 d + 2 e + 2), as a ratio of expectations. X is taken as
/// gamma-distributed (exact for e = 1 and large d), and pairs as independent: given the spectra, scores of two pairs are, whether or not they share a head. How far this
/// holds is held to simulations by CompositionNullTests.
/// </remarks>
public static class CompositionNull
{
    private const int Intervals = 400;
    private const double Reach = 16;       // standard deviations of X above its mean: past the largest of a million pairs of any shape
    private const double Upper = 0.95;
    private static readonly ConcurrentDictionary<(int Width, int Head, int Pairs), LargestNull> Known = new();

    /// <summary>The null of the largest <c>k_excess</c> (or <c>q_excess</c>, <c>v_excess</c>) over so many pairs.</summary>
    /// <param name="dModel">Width d of the residual stream, from 1.</param>
    /// <param name="dHead">Width e of a head, from 1.</param>
    /// <param name="pairs">Pairs of heads in different layers, from 1.</param>
    public static LargestNull LargestExcess(int dModel, int dHead, int pairs)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dModel, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(dHead, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(pairs, 1);
        return Known.GetOrAdd((dModel, dHead, pairs), shape => Of(shape.Width, shape.Head, shape.Pairs));
    }

    private static LargestNull Of(double d, double e, int pairs)
    {
        if (d == 1)
        {
            return new(pairs, 0, 0);       // every score is 1, and so is 1/sqrt(d)
        }
        var concentration = ((d + 1) * (d + e + 1) + d * e + 2) / (d * d * e + 4 * d + 2 * e + 2);
        var variance = 2 * Math.Pow(concentration - 1 / d, 2) / ((d - 1) * (d + 2));
        var (shape, scale) = (1 / (d * d * variance), d * variance);
        var most = Math.Min(1, Math.Sqrt(1 / d + Reach * Math.Sqrt(variance)));
        var step = most / Intervals;
        // E max = ∫ P(max > s) ds, by the trapezoid rule.
        var mean = step * (0.5 + Enumerable.Range(1, Intervals - 1).Sum(i => 1 - AllBelow(i * step)));
        return new(pairs, mean - 1 / Math.Sqrt(d), Quantile() - 1 / Math.Sqrt(d));

        double AllBelow(double score) => Math.Pow(SpecialFunctions.GammaLowerRegularized(shape, score * score / scale), pairs);

        double Quantile()
        {
            var (low, high) = (0.0, most);
            for (var halving = 0; halving < 50; halving++)
            {
                var middle = (low + high) / 2;
                (low, high) = AllBelow(middle) < Upper ? (middle, high) : (low, middle);
            }
            return (low + high) / 2;
        }
    }
}

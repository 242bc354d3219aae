using Orchestrator.Contracts.Api;
using Orchestrator.Statistics.Estimates;

namespace Orchestrator.Statistics.Comparisons;

/// <summary>P(X &lt; Y) for two groups of runs that are not paired: the chance that a run of the first is below one of the second.</summary>
public static class Precedence
{
    /// <summary>
    /// The share of pairs with x &lt; y, ties counting one half, with the 95% score-type interval of Newcombe (2006, method 5),
    /// which is not empty if the groups do not overlap. n is the size of both groups together; null if one is empty.
    /// </summary>
    public static ShareEstimate Estimate(IEnumerable<double> x, IEnumerable<double> y)
    {
        var (a, b) = (OrderedSums.Sorted(x, nameof(x)), OrderedSums.Sorted(y, nameof(y)));
        if (a.Length == 0 || b.Length == 0)
        {
            return new ShareEstimate(null, null, null, a.Length + b.Length);
        }
        var halves = a.Sum(left => b.Sum(right => left < right ? 2L : left == right ? 1L : 0L));
        var share = halves / (2.0 * a.Length * b.Length);
        return new ShareEstimate(share, Bound(share, 0, a.Length, b.Length), Bound(share, 1, a.Length, b.Length), a.Length + b.Length);
    }

    // The value between the estimate and the end (0 or 1) whose own standard error puts the estimate z errors away.
    private static double Bound(double share, double end, int m, int n)
    {
        if (share == end)
        {
            return end;
        }
        var (outside, inside) = (end, share);
        for (var i = 0; i < 200 && inside != outside; i++)
        {
            var middle = (outside + inside) / 2;
            if (middle == inside || middle == outside)
            {
                break;
            }
            var isOutside = (share - middle) * (share - middle) > Shares.Z * Shares.Z * Variance(middle, m, n);
            (outside, inside) = isOutside ? (middle, inside) : (outside, middle);
        }
        return inside;
    }

    // Hanley and McNeil's variance with both group sizes replaced by their mean.
    private static double Variance(double theta, int m, int n) =>
        theta * (1 - theta) / ((double)m * n) * (1 + ((m + n) / 2.0 - 1) * ((1 - theta) / (2 - theta) + theta / (1 + theta)));
}

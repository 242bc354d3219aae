namespace Orchestrator.Statistics.Comparisons;

/// <summary>Rank correlation.</summary>
public static class Spearman
{
    /// <summary>Pearson's correlation of average ranks; null for fewer than two pairs or if one side is constant. <paramref name="x"/> and <paramref name="y"/> are paired by position.</summary>
    public static double? Correlation(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        if (x.Count != y.Count)
        {
            throw new ArgumentException($"{x.Count} values cannot be paired with {y.Count}", nameof(y));
        }
        var (n, a, b) = (x.Count, Ranks(x), Ranks(y));
        var middle = (n + 1) / 2.0;
        // Deviations of ranks are multiples of one half: these sums are exact in any order.
        var (xy, xx, yy) = (0.0, 0.0, 0.0);
        for (var i = 0; i < n; i++)
        {
            xy += (a[i] - middle) * (b[i] - middle);
            xx += (a[i] - middle) * (a[i] - middle);
            yy += (b[i] - middle) * (b[i] - middle);
        }
        return xx > 0 && yy > 0 ? Math.Clamp(xy / (Math.Sqrt(xx) * Math.Sqrt(yy)), -1, 1) : null;
    }

    /// <summary>Ranks from 1; equal values share the mean of their ranks.</summary>
    public static IReadOnlyList<double> Ranks(IReadOnlyList<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values.Any(value => !double.IsFinite(value)))
        {
            throw new ArgumentException($"{values.First(value => !double.IsFinite(value))} is not a finite number: leave undefined values out and count them", nameof(values));
        }
        int[] order = [.. Enumerable.Range(0, values.Count).OrderBy(i => values[i])];
        var ranks = new double[values.Count];
        for (var i = 0; i < order.Length;)
        {
            var start = i;
            while (i < order.Length && values[order[i]] == values[order[start]])
            {
                i++;
            }
            foreach (var tied in order[start..i])
            {
                ranks[tied] = (start + 1 + i) / 2.0;
            }
        }
        return ranks;
    }
}

namespace Orchestrator.Statistics.Comparisons;

/// <summary>Many comparisons at once (Benjamini and Hochberg 1995).</summary>
public static class BenjaminiHochberg
{
    /// <summary>Adjusted p-values, in the order given: rejecting those up to q keeps the expected share of false rejections at or below q.</summary>
    public static IReadOnlyList<double> Adjust(IReadOnlyList<double> p)
    {
        ArgumentNullException.ThrowIfNull(p);
        if (p.FirstOrDefault(value => !(value is >= 0 and <= 1), 0) is var wrong and not 0)
        {
            throw new ArgumentException($"{wrong} is not a p-value", nameof(p));
        }
        int[] descending = [.. Enumerable.Range(0, p.Count).OrderByDescending(i => p[i])];
        var adjusted = new double[p.Count];
        var smallest = 1.0;
        for (var k = 0; k < descending.Length; k++)
        {
            smallest = Math.Min(smallest, p[descending[k]] * p.Count / (p.Count - k));
            adjusted[descending[k]] = smallest;
        }
        return adjusted;
    }
}

namespace Orchestrator.Statistics;

/// <summary>Sums that do not depend on the order in which results arrive.</summary>
internal static class OrderedSums
{
    /// <summary>The values in ascending order. Throws <see cref="ArgumentException"/> for a value that is not finite: undefined metrics are left out and counted by the caller.</summary>
    public static double[] Sorted(IEnumerable<double> values, string name)
    {
        ArgumentNullException.ThrowIfNull(values, name);
        double[] sorted = [.. values.Select(value => double.IsFinite(value) ? value + 0.0 : throw new ArgumentException($"{value} is not a finite number: leave undefined values out and count them", name))];
        Array.Sort(sorted);
        return sorted;
    }

    /// <summary>Sum with Neumaier's compensation. The same bits for the same sequence, so give it a sorted one.</summary>
    public static double Sum(IEnumerable<double> values)
    {
        var (sum, lost) = (0.0, 0.0);
        foreach (var value in values)
        {
            var next = sum + value;
            lost += Math.Abs(sum) >= Math.Abs(value) ? (sum - next) + value : (value - next) + sum;
            sum = next;
        }
        return sum + lost;
    }
}

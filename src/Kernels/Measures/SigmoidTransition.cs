namespace Orchestrator.Kernels.Measures;

/// <summary>
/// A change of level on a logarithmic axis (math.md 6): y0 + (y1 - y0) / (1 + exp(-(ln s - mu) / w)), fitted by least squares to a
/// curve such as the in-context-learning score over tokens.
/// </summary>
/// <param name="Before">Level y0 on the left.</param>
/// <param name="After">Level y1 on the right.</param>
/// <param name="Midpoint">exp(mu), in the unit of the axis.</param>
/// <param name="Width">From 10% to 90% of the change, 4.394 w, in units of ln s.</param>
/// <param name="SteepestAt">Where |dy / d ln s| between neighbouring points is largest (geometric mean of the two).</param>
public sealed record SigmoidTransition(double Before, double After, double Midpoint, double Width, double SteepestAt)
{
    /// <summary>Least change of a score in nats that counts as a transition.</summary>
    public const double LeastChange = 0.15;

    private const int FewestPoints = 5;
    private const double TenToNinety = 4.394449154672439;      // 2 ln 9

    /// <summary>The fit, or null where the curve has fewer than 5 points or does not change by <paramref name="leastChange"/> between the levels inside its own range.</summary>
    /// <param name="axis">Steps or tokens, ascending; points at 0 have no logarithm and are left out.</param>
    /// <param name="values">One per point; NaN where undefined.</param>
    /// <param name="leastChange">Least |y1 - y0|.</param>
    public static SigmoidTransition? Fit(IReadOnlyList<double> axis, IReadOnlyList<double> values, double leastChange = LeastChange)
    {
        ArgumentNullException.ThrowIfNull(axis);
        ArgumentNullException.ThrowIfNull(values);
        (double X, double Y)[] points = [.. axis.Zip(values).Where(p => p.First > 0 && !double.IsNaN(p.Second)).Select(p => (Math.Log(p.First), p.Second))];
        if (points.Length < FewestPoints)
        {
            return null;
        }
        var (mu, width) = Search(points);
        var (before, after, _) = Levels(points, mu, width);
        var (low, high) = (points.Min(p => p.Y), points.Max(p => p.Y));
        // Levels far outside of what was seen are the wings of a curve that does not level off.
        var seen = Math.Abs(Math.Clamp(after, low, high) - Math.Clamp(before, low, high));
        return seen < leastChange ? null : new(before, after, Math.Exp(mu), TenToNinety * width, Steepest(points));
    }

    private static (double Mu, double Width) Search((double X, double Y)[] points)
    {
        var (first, last) = (points[0].X, points[^1].X);
        var span = Math.Max(last - first, 1e-9);
        var closest = points.Zip(points.Skip(1), (a, b) => b.X - a.X).Where(gap => gap > 0).DefaultIfEmpty(span).Min();
        var (narrowest, widest) = (closest / 20, span / 2);
        var best = (Mu: first + span / 2, LogWidth: Math.Log(span / 10), Error: double.PositiveInfinity);
        for (var i = 0; i <= 40; i++)
        {
            for (var j = 0; j <= 12; j++)
            {
                Try(first + span * i / 40, Math.Log(narrowest) + (Math.Log(widest) - Math.Log(narrowest)) * j / 12);
            }
        }
        for (var (dMu, dWidth) = (span / 40, 0.5); dMu > span * 1e-9;)
        {
            var before = best.Error;
            var (mu, width) = (best.Mu, best.LogWidth);
            for (var direction = 0; direction < 9; direction++)          // midpoint and width trade off: diagonals are needed
            {
                Try(mu + (direction % 3 - 1) * dMu, width + (direction / 3 - 1) * dWidth);
            }
            if (!(best.Error < before))
            {
                (dMu, dWidth) = (dMu / 2, dWidth / 2);
            }
        }
        return (best.Mu, Math.Exp(best.LogWidth));

        void Try(double mu, double logWidth)
        {
            mu = Math.Clamp(mu, first, last);
            logWidth = Math.Clamp(logWidth, Math.Log(narrowest), Math.Log(widest));
            var error = Levels(points, mu, Math.Exp(logWidth)).Error;
            best = error < best.Error ? (mu, logWidth, error) : best;
        }
    }

    /// <summary>The best levels for a given midpoint and width: a line through (sigmoid, value).</summary>
    private static (double Before, double After, double Error) Levels((double X, double Y)[] points, double mu, double width)
    {
        double[] s = [.. points.Select(p => 1 / (1 + Math.Exp(-(p.X - mu) / width)))];
        var (meanS, meanY) = (s.Average(), points.Average(p => p.Y));
        var spread = s.Sum(value => (value - meanS) * (value - meanS));
        var slope = spread > 1e-12 ? s.Zip(points, (value, p) => (value - meanS) * (p.Y - meanY)).Sum() / spread : 0.0;
        var before = meanY - slope * meanS;
        return (before, before + slope, s.Zip(points, (value, p) => before + slope * value - p.Y).Sum(error => error * error));
    }

    private static double Steepest((double X, double Y)[] points)
    {
        var (a, b) = points.Zip(points.Skip(1)).MaxBy(pair => Math.Abs((pair.Second.Y - pair.First.Y) / Math.Max(pair.Second.X - pair.First.X, 1e-12)));
        return Math.Exp((a.X + b.X) / 2);
    }
}

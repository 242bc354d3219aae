namespace Orchestrator.Statistics.Transitions;

/// <summary>
/// Least squares for a sigmoid. Given its midpoint and width the two levels follow linearly, so only those two are searched:
/// over a grid, then over ever finer ones around the best point. No starting value, no randomness, the same bits every time.
/// </summary>
internal static class Sigmoid
{
    private const int Fewest = 5;
    private const int Coarse = 24;
    private const int Fine = 12;
    private const int Refinements = 24;
    private const double TenToNinety = 4.394449154672439; // 2 ln 9

    /// <summary>The fit of y over ascending x = ln(step); null with fewer than five points or where y or x does not vary.</summary>
    public static SigmoidFit? Fit(double[] x, double[] y)
    {
        var range = x.Length == 0 ? 0 : x[^1] - x[0];
        if (x.Length < Fewest || range <= 0 || y.Max() == y.Min())
        {
            return null;
        }
        // The midpoint lies among the data; a width below a tenth of the spacing is a jump, one above the range a line.
        var (muLow, muHigh) = (x[0], x[^1]);
        var (widthLow, widthHigh) = (Math.Log(range / x.Length / 10), Math.Log(range));
        var best = new Candidate(double.PositiveInfinity, 0, 0, 0, 0);
        var rise = new double[x.Length];
        for (var round = 0; round <= Refinements; round++)
        {
            var grid = round == 0 ? Coarse : Fine;
            var (muStep, widthStep) = ((muHigh - muLow) / grid, (widthHigh - widthLow) / grid);
            for (var i = 0; i <= grid; i++)
            {
                for (var j = 0; j <= grid; j++)
                {
                    var candidate = Levels(x, y, muLow + i * muStep, Math.Exp(widthLow + j * widthStep), rise);
                    best = candidate.Error < best.Error ? candidate : best;
                }
            }
            // Half as fine each time, not less: the valley between midpoint and width is narrow and bent.
            var logWidth = Math.Log(best.Width);
            (muLow, muHigh) = (Math.Max(x[0], best.Mu - 3 * muStep), Math.Min(x[^1], best.Mu + 3 * muStep));
            (widthLow, widthHigh) = (logWidth - 3 * widthStep, Math.Min(Math.Log(range), logWidth + 3 * widthStep));
        }
        return new SigmoidFit(best.Before, best.After, Math.Exp(best.Mu), TenToNinety * best.Width, Math.Sqrt(best.Error / x.Length));
    }

    private static Candidate Levels(double[] x, double[] y, double mu, double width, double[] rise)
    {
        // y = before + (after - before) g: a straight line in g.
        var (sumG, sumY, sumGG, sumGY) = (0.0, 0.0, 0.0, 0.0);
        for (var i = 0; i < x.Length; i++)
        {
            var g = rise[i] = 1 / (1 + Math.Exp(-(x[i] - mu) / width));
            sumG += g;
            sumY += y[i];
            sumGG += g * g;
            sumGY += g * y[i];
        }
        var n = x.Length;
        var spread = sumGG - sumG * sumG / n;
        var change = spread > 1e-12 ? (sumGY - sumG * sumY / n) / spread : 0;
        var before = (sumY - change * sumG) / n;
        var error = 0.0;
        for (var i = 0; i < n; i++)
        {
            var off = y[i] - before - change * rise[i];
            error += off * off;
        }
        return new Candidate(error, mu, width, before, before + change);
    }

    private readonly record struct Candidate(double Error, double Mu, double Width, double Before, double After);
}

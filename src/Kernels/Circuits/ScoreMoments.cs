namespace Orchestrator.Kernels.Circuits;

/// <summary>The terms of a head's attention scores over some sequences (<see cref="ScoreExpansion"/>): [component of the query, component of the key].</summary>
/// <param name="Components">Names.</param>
/// <param name="Mean">Mean of each term.</param>
/// <param name="Variance">Its variance around that.</param>
public sealed record ScoreMoments(IReadOnlyList<string> Components, double[,] Mean, double[,] Variance)
{
    /// <summary>The standard deviation of each term over parts of one batch, each with the sequences that it holds.</summary>
    public static double[][] Spread(IReadOnlyList<(ScoreMoments Moments, int Sequences)> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        var (n, total) = (parts[0].Moments.Components.Count, (double)parts.Sum(part => part.Sequences));
        return [.. Enumerable.Range(0, n).Select(q => Enumerable.Range(0, n).Select(k =>
        {
            var mean = parts.Sum(part => part.Sequences * part.Moments.Mean[q, k]) / total;
            return Math.Sqrt(parts.Sum(part => part.Sequences * (part.Moments.Variance[q, k] + Math.Pow(part.Moments.Mean[q, k] - mean, 2))) / total);
        }).ToArray())];
    }
}

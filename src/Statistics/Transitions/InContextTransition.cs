namespace Orchestrator.Statistics.Transitions;

/// <summary>A sigmoid y0 + (y1 - y0) / (1 + exp(-(ln s - mu) / w)) through a run's in-context-learning score over the steps s (math.md section 6).</summary>
/// <param name="Before">y0, the score long before, nats.</param>
/// <param name="After">y1, the score long after, nats; below <paramref name="Before"/> where the model learned to learn in context.</param>
/// <param name="HalfStep">exp(mu), the step at half of the change.</param>
/// <param name="Width">10-90% width in ln(step), 4.394 w.</param>
/// <param name="Residual">Root mean square distance of the scores from the curve, nats.</param>
public sealed record SigmoidFit(double Before, double After, double HalfStep, double Width, double Residual);

/// <summary>How a run's in-context learning set in. A second, separate field beside the prefix-matching crossing: one-layer models gain in context too.</summary>
/// <param name="Fit">The curve; null with fewer than five defined scores after step 0, or if they do not vary.</param>
/// <param name="HalfStep">The step at half of the change; null if there was no transition: the run is right-censored at <paramref name="LastStep"/>.</param>
/// <param name="Crossing">First step at which half of the fitted change was reached, interpolated, with the interval it lies in; null if there was no transition.</param>
/// <param name="SteepestStep">Geometric middle of the two neighbouring snapshots between which the score changes fastest per ln(step); null with fewer than two.</param>
/// <param name="LastStep">The last snapshot with a score.</param>
public sealed record InContextTransition(SigmoidFit? Fit, double? HalfStep, Transition? Crossing, double? SteepestStep, int LastStep)
{
    /// <summary>Smallest change that counts as a transition on language-like data, nats.</summary>
    public const double SmallestChange = 0.15;

    // A midpoint at the end of what was observed is the fit's bound, not a place in the data.
    private const double Edge = 1e-6;

    /// <summary>Whether no transition was seen.</summary>
    public bool Censored => HalfStep is null;

    /// <summary>
    /// Finds the transition of scores (negative is in-context learning) at ascending steps; undefined scores are passed over and
    /// step 0 has no logarithm. With a fixed number of tokens a step, ln(tokens) is ln(step) and a constant, so steps stand for tokens.
    /// Null if no score is defined.
    /// </summary>
    public static InContextTransition? Of(IReadOnlyList<int> steps, IReadOnlyList<double?> scores)
    {
        ArgumentNullException.ThrowIfNull(steps);
        ArgumentNullException.ThrowIfNull(scores);
        if (steps.Count != scores.Count)
        {
            throw new ArgumentException($"{steps.Count} steps have {scores.Count} scores: give one for each", nameof(scores));
        }
        List<(int Step, double Score)> points = [];
        for (var i = 0; i < steps.Count; i++)
        {
            if (steps[i] > 0 && scores[i] is { } score && double.IsFinite(score))
            {
                points.Add((steps[i], score));
            }
        }
        if (points.Count == 0)
        {
            return null;
        }
        var fit = Sigmoid.Fit([.. points.Select(point => Math.Log(point.Step))], [.. points.Select(point => point.Score)]);
        var (first, last) = (points[0].Step, points[^1].Step);
        var happened = fit is not null && fit.Before - fit.After >= SmallestChange && fit.HalfStep > first * (1 + Edge) && fit.HalfStep < last * (1 - Edge);
        var crossing = happened ? HalfCrossing(points, fit!) : null;
        return new InContextTransition(fit, happened ? fit!.HalfStep : null, crossing, Steepest(points), last);
    }

    // The score falls, the crossing rises: both signs turned.
    private static Transition? HalfCrossing(List<(int Step, double Score)> points, SigmoidFit fit) =>
        Transition.FirstCrossing([.. points.Select(point => point.Step)], [.. points.Select(point => (double?)-point.Score)], -(fit.Before + fit.After) / 2);

    private static double? Steepest(List<(int Step, double Score)> points)
    {
        var (best, slope) = (default(double?), 0.0);
        for (var i = 1; i < points.Count; i++)
        {
            var (a, b) = (points[i - 1], points[i]);
            var s = Math.Abs(b.Score - a.Score) / Math.Log((double)b.Step / a.Step);
            if (best is null || s > slope)
            {
                (best, slope) = (Math.Sqrt((double)a.Step * b.Step), s);
            }
        }
        return best;
    }
}

using Orchestrator.Contracts.Api;
using Orchestrator.Statistics.Estimates;
using Orchestrator.Statistics.Survival;

namespace Orchestrator.Statistics.Transitions;

/// <summary>When a run's largest prefix-matching score first reached a threshold (math.md 5.9).</summary>
/// <param name="Step">The crossing, interpolated between the two snapshots around it; null if it was never seen.</param>
/// <param name="After">Last snapshot below the threshold before the crossing; null if the first one was above already or none crossed.</param>
/// <param name="Upto">First snapshot at or above the threshold; where none is, the last snapshot: the run is right-censored there.</param>
public sealed record Transition(double? Step, int? After, int Upto)
{
    /// <summary>Whether the threshold was never reached; such runs count as lasting at least until <see cref="Upto"/> and are never dropped.</summary>
    public bool Censored => Step is null;

    /// <summary>As survival sees it: the midpoint of the interval in which it happened, or censored at the last snapshot.</summary>
    public Observation ToObservation() => new(Censored || After is not { } after ? Upto : (after + Upto) / 2.0, !Censored);

    /// <summary>
    /// The first crossing of <paramref name="threshold"/> by scores at ascending <paramref name="steps"/>. Scores that are undefined or
    /// not finite are passed over. Null if no score is defined (a model without heads): nothing was observed, not even for a while.
    /// </summary>
    public static Transition? FirstCrossing(IReadOnlyList<int> steps, IReadOnlyList<double?> scores, double threshold)
    {
        ArgumentNullException.ThrowIfNull(steps);
        ArgumentNullException.ThrowIfNull(scores);
        if (steps.Count != scores.Count)
        {
            throw new ArgumentException($"{steps.Count} steps have {scores.Count} scores: give one for each", nameof(scores));
        }
        var before = default((int Step, double Score)?);
        for (var i = 0; i < steps.Count; i++)
        {
            if (i > 0 && steps[i] <= steps[i - 1])
            {
                throw new ArgumentException($"step {steps[i]} follows step {steps[i - 1]}: give steps in ascending order", nameof(steps));
            }
            if (scores[i] is not { } score || !double.IsFinite(score))
            {
                continue;
            }
            if (score >= threshold)
            {
                return before is not { } b
                    ? new Transition(steps[i], null, steps[i])
                    : new Transition(b.Step + (threshold - b.Score) / (score - b.Score) * (steps[i] - b.Step), b.Step, steps[i]);
            }
            before = (steps[i], score);
        }
        return before is { } last ? new Transition(null, null, last.Step) : null;
    }

    /// <summary>
    /// The median transition step of a group of runs: Kaplan-Meier over interval midpoints. Its 95% interval is that of order statistics
    /// (exact binomial), from the lower end of one run's interval to the upper end of another's, so that it is never narrower than the grid
    /// of snapshots; null where runs are too few to have one (below 6), and above where too many never crossed.
    /// </summary>
    public static MedianEstimate Median(IEnumerable<Transition> transitions)
    {
        Transition[] all = [.. transitions];
        var median = KaplanMeier.Median(all.Select(transition => transition.ToObservation()));
        var rank = Quantiles.MedianRank(all.Length);
        if (rank == 0)
        {
            return median with { Low = null, High = null };
        }
        // Of a run that never crossed it is known only that it did not by its last snapshot.
        double[] from = [.. all.Select(transition => transition.Censored ? transition.Upto : transition.After ?? 0.0).Order()];
        double[] upto = [.. all.Select(transition => transition.Censored ? double.PositiveInfinity : transition.Upto).Order()];
        var high = upto[^rank];
        return median with { Low = from[rank - 1], High = double.IsFinite(high) ? high : null };
    }
}

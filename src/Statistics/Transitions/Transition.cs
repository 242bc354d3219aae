using Orchestrator.Contracts.Api;
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
    /// The first crossing of <paramref name="threshold"/> by scores at ascending <paramref name="steps"/>. Undefined scores are
    /// passed over. Null if no score is defined (a model without heads): nothing was observed, not even for a while.
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
            if (scores[i] is not { } score || double.IsNaN(score))
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

    /// <summary>The median transition step of a group of runs with its 95% interval (Kaplan-Meier over interval midpoints).</summary>
    public static MedianEstimate Median(IEnumerable<Transition> transitions) =>
        KaplanMeier.Median(transitions.Select(transition => transition.ToObservation()));
}

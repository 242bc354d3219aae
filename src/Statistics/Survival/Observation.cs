namespace Orchestrator.Statistics.Survival;

/// <summary>One run's time to an event.</summary>
/// <param name="Time">When it happened, or when the run was last seen without it.</param>
/// <param name="Observed">Whether it happened; otherwise the run is right-censored at <paramref name="Time"/>.</param>
public readonly record struct Observation(double Time, bool Observed);

/// <summary>Runs at one time.</summary>
/// <param name="Time">The time.</param>
/// <param name="AtRisk">Runs without the event just before it; runs censored at this time are among them.</param>
/// <param name="Events">Runs whose event falls on it.</param>
internal readonly record struct RiskSet(double Time, int AtRisk, int Events)
{
    /// <summary>Every time with an event, ascending.</summary>
    public static List<RiskSet> Of(IEnumerable<Observation> observations)
    {
        var sorted = Sorted(observations);
        var sets = new List<RiskSet>();
        for (var i = 0; i < sorted.Length;)
        {
            var (time, first, events) = (sorted[i].Time, i, 0);
            for (; i < sorted.Length && sorted[i].Time == time; i++)
            {
                events += sorted[i].Observed ? 1 : 0;
            }
            if (events > 0)
            {
                sets.Add(new RiskSet(time, sorted.Length - first, events));
            }
        }
        return sets;
    }

    private static Observation[] Sorted(IEnumerable<Observation> observations)
    {
        ArgumentNullException.ThrowIfNull(observations);
        Observation[] sorted = [.. observations.OrderBy(observation => observation.Time)];
        return sorted.All(observation => double.IsFinite(observation.Time) && observation.Time >= 0)
            ? sorted
            : throw new ArgumentException("a time is negative or not finite: a run that was not observed has no place here", nameof(observations));
    }
}

namespace Orchestrator.Kernels.Measures;

/// <summary>
/// Where a curve over snapshots first reaches a threshold (math.md 5.9): somewhere in (<paramref name="After"/>,
/// <paramref name="By"/>], the two snapshots around it; <paramref name="Step"/> is interpolated between them.
/// </summary>
/// <param name="After">Last snapshot below the threshold; equal to <paramref name="By"/> where the first one already reached it.</param>
/// <param name="By">First snapshot at or above the threshold.</param>
/// <param name="Step">Linear interpolation.</param>
public sealed record Crossing(double After, double By, double Step)
{
    /// <summary>The first crossing, or null where the threshold is never reached (right-censored at the last snapshot). Undefined values are passed over.</summary>
    /// <param name="steps">Ascending.</param>
    /// <param name="values">One per step; NaN where undefined.</param>
    /// <param name="threshold">The height to reach.</param>
    public static Crossing? Find(IReadOnlyList<double> steps, IReadOnlyList<double> values, double threshold)
    {
        ArgumentNullException.ThrowIfNull(steps);
        ArgumentNullException.ThrowIfNull(values);
        (double Step, double Value)? below = null;
        foreach (var (step, value) in steps.Zip(values).Where(point => !double.IsNaN(point.Second)))
        {
            if (value >= threshold)
            {
                return below is var (start, low)
                    ? new(start, step, start + (step - start) * (threshold - low) / (value - low))
                    : new(step, step, step);
            }
            below = (step, value);
        }
        return null;
    }
}

using Orchestrator.Contracts.Api;
using Orchestrator.Statistics.Estimates;

namespace Orchestrator.Statistics.Survival;

/// <summary>A step of a survival curve: the share of runs without the event after <paramref name="Time"/>, with its 95% interval (null if nothing is left to estimate it from).</summary>
public readonly record struct SurvivalPoint(double Time, int AtRisk, int Events, double Share, double? Low, double? High);

/// <summary>The product-limit estimate of the time to an event with runs that never showed it (Kaplan and Meier 1958).</summary>
public static class KaplanMeier
{
    // S is a product of fractions; at exactly one half rounding must not decide.
    private const double Half = 0.5 + 1e-12;

    /// <summary>The curve at every time with an event; intervals by Greenwood's variance on the log(-log) scale.</summary>
    public static IReadOnlyList<SurvivalPoint> Curve(IEnumerable<Observation> observations)
    {
        var points = new List<SurvivalPoint>();
        var (share, greenwood) = (1.0, 0.0);
        foreach (var (time, atRisk, events) in RiskSet.Of(observations))
        {
            share *= (double)(atRisk - events) / atRisk;
            greenwood += (double)events / ((double)atRisk * (atRisk - events));
            if (atRisk == events)
            {
                points.Add(new SurvivalPoint(time, atRisk, events, 0, null, null));
                break;
            }
            var theta = Shares.Z * Math.Sqrt(greenwood) / Math.Log(share);
            points.Add(new SurvivalPoint(time, atRisk, events, share, Math.Pow(share, Math.Exp(-theta)), Math.Pow(share, Math.Exp(theta))));
        }
        return points;
    }

    /// <summary>
    /// The median time: the first at which the curve is at or below one half. Its bounds are the first times at which the
    /// curve's bounds are (Brookmeyer and Crowley 1982). Null if that is never reached, which says that most runs, or
    /// possibly most, do not get there within what was observed.
    /// </summary>
    public static MedianEstimate Median(IEnumerable<Observation> observations)
    {
        Observation[] all = [.. observations];
        var curve = Curve(all);
        return new MedianEstimate(
            First(curve, point => point.Share),
            First(curve, point => point.Low),
            First(curve, point => point.High),
            all.Length,
            all.Count(observation => !observation.Observed));
    }

    private static double? First(IReadOnlyList<SurvivalPoint> curve, Func<SurvivalPoint, double?> bound)
    {
        foreach (var point in curve)
        {
            if (bound(point) <= Half)
            {
                return point.Time;
            }
        }
        return null;
    }
}

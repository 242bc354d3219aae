using System.Globalization;
using System.Text.RegularExpressions;
using Orchestrator.Contracts;
using Orchestrator.TestServices;

namespace Orchestrator.Architecture.Tests;

/// <summary>A panel shows what was put in: quantiles over buckets of seconds are right within the width of a bucket.</summary>
public sealed partial class DurationBucketsTests
{
    [Theory]
    [InlineData(0.0004)]
    [InlineData(0.0085)]
    [InlineData(0.3)]
    [InlineData(7)]
    public void A_quantile_of_durations_is_right_within_a_factor_of_two_and_a_half(double typical)
    {
        double[] durations = [.. Enumerable.Range(0, 600).Select(i => typical * (0.8 + 0.4 * i / 600))];
        double[] bounds = [.. DurationBuckets.Seconds];
        int[] upTo = [.. bounds.Select(bound => durations.Count(d => d <= bound))]; // as Prometheus stores them
        var rank = 0.99 * durations.Length;
        var bucket = Array.FindIndex(upTo, count => count >= rank);
        var (below, lower) = bucket == 0 ? (0, 0.0) : (upTo[bucket - 1], bounds[bucket - 1]);

        var quantile = lower + (bounds[bucket] - lower) * (rank - below) / (upTo[bucket] - below); // histogram_quantile(0.99, …)

        Assert.InRange(quantile / durations[(int)rank], 0.4, 2.5);
    }

    [Fact]
    public void Every_histogram_of_seconds_has_these_buckets()
    {
        var histograms = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => Histogram().Matches(File.ReadAllText(file)).Select(match => match.Value)).ToArray();
        Assert.True(histograms.Length >= 3, string.Create(CultureInfo.InvariantCulture, $"{histograms.Length} histograms of seconds"));
        Assert.All(histograms, histogram => Assert.Contains("HistogramBucketBoundaries = DurationBuckets.Seconds", histogram, StringComparison.Ordinal));
    }

    [GeneratedRegex("""CreateHistogram[^;]*"s"[^;]*;""")]
    private static partial Regex Histogram();
}

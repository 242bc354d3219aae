using System.Text.Json.Serialization;

namespace Orchestrator.Contracts.Api;

/// <summary>A mean over runs with its 95% interval. Bounds are null at n = 1, everything is null at n = 0.</summary>
[GenerateSerializer, Immutable, Alias("orchestrator.mean-estimate")]
public sealed record MeanEstimate(double? Mean, double? Low, double? High, int N);

/// <summary>A share of runs with its 95% Wilson interval. Null at n = 0.</summary>
[GenerateSerializer, Immutable, Alias("orchestrator.share-estimate")]
public sealed record ShareEstimate(double? Value, double? Low, double? High, int N);

/// <summary>A Kaplan-Meier median of a step with its 95% interval (log-log Greenwood); null if not reached. <paramref name="Censored"/> of <paramref name="N"/> runs never got there.</summary>
[GenerateSerializer, Immutable, Alias("orchestrator.median-estimate")]
public sealed record MedianEstimate(double? Median, double? Low, double? High, int N, int Censored);

/// <summary>What the largest of several scores comes to by chance: the mean and the 95th percentile of one run's largest, which grow with the number of scores.</summary>
/// <param name="Of">Heads or pairs of heads that the largest is taken over.</param>
/// <param name="Mean">Its expectation: what a mean over runs is held against.</param>
/// <param name="P95">What one run in twenty exceeds.</param>
public sealed record LargestNull(int Of, double Mean, double P95);

/// <summary>A mean over runs of the largest of several scores with its 95% interval, and its null; that is left out where runs differ in it.</summary>
public sealed record LargestEstimate(
    double? Mean, double? Low, double? High, int N, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] LargestNull? Null);

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

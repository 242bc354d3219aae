using Orchestrator.Contracts.Runs;

namespace Orchestrator.Contracts.Metrics;

/// <summary>Which measures a kind of model has.</summary>
public static class Measures
{
    private static readonly Measure[] Attention = [Measure.Heads, Measure.Composition, Measure.Terms, Measure.Ablations, Measure.InContextLearning];
    private static readonly Measure[] OnRequest = [Measure.Superposition, Measure.TokenLosses];
    private static readonly Measure[] Toy = [Measure.Superposition];

    /// <summary>Everything that can be asked of a model of that kind.</summary>
    public static IReadOnlyList<Measure> Of(Architecture model) => model is ReluToy ? Toy : [.. Attention, .. OnRequest];

    /// <summary>What is measured where a sweep does not say.</summary>
    public static IReadOnlyList<Measure> ByDefault(Architecture model) => model is ReluToy ? Toy : Attention;
}

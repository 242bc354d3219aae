using System.Text.Json;
using Orchestrator.Contracts.Runs;

namespace Orchestrator.Contracts.Metrics;

/// <summary>Which measures a kind of model has.</summary>
public static class Measures
{
    private static readonly Measure[] Attention = [Measure.Heads, Measure.Composition, Measure.Terms, Measure.Ablations, Measure.InContextLearning];
    private static readonly Measure[] OnRequest = [Measure.Superposition, Measure.TokenLosses];
    private static readonly Measure[] Toy = [Measure.Superposition];

    /// <summary>All measures, in the order of the enumeration.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Enum.GetValues<Measure>().Select(Name)];

    /// <summary>A measure as sweep files and JSON spell it.</summary>
    public static string Name(Measure measure) => JsonSerializer.SerializeToElement(measure, Json.Options).GetString()!;

    /// <summary>Everything that can be asked of a model of that kind.</summary>
    public static IReadOnlyList<Measure> Of(Architecture model) => model is ReluToy ? Toy : [.. Attention, .. OnRequest];

    /// <summary>What is measured where a sweep does not say.</summary>
    public static IReadOnlyList<Measure> ByDefault(Architecture model) => model is ReluToy ? Toy : Attention;
}

using Orchestrator.Contracts.Runs;

namespace Orchestrator.Specification.Sections;

/// <summary><c>model</c> with <c>kind: relu-toy</c>: features that share fewer dimensions.</summary>
internal static class ReluToySection
{
    private static readonly ReluToy Default = new() { Features = 1, Hidden = 1 };

    public static IReadOnlyList<string> Keys { get; } = ["features", "hidden", "relu", "importance"];

    public static ReluToy? Read(Section section)
    {
        var features = section.Integer("features", 1, Limits.Features);
        var hidden = section.Integer("hidden", 1, Limits.Features);
        var relu = section.Boolean("relu", Default.Relu);
        var importance = section.Number("importance", Interval.PositiveShare, Default.Importance);
        section.Elsewhere("a relu-toy model has no attention", "remove it, or leave kind out for a transformer", TransformerSection.Keys);
        section.Close();
        return (features, hidden, relu, importance) is ({ } n, { } m, { } r, { } i)
            ? new ReluToy { Features = n, Hidden = m, Relu = r, Importance = i }
            : null;
    }
}

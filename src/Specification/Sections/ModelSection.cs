using Orchestrator.Contracts.Runs;
using Orchestrator.Specification.Errors;
using Orchestrator.Specification.Nodes;

namespace Orchestrator.Specification.Sections;

/// <summary><c>model</c>: a kind of model and its sizes; an attention-only transformer if no kind is given.</summary>
internal static class ModelSection
{
    public const string Path = "model";
    public const string AttentionOnly = "attention-only";

    private static readonly string[] Kinds = [AttentionOnly, ReluToy.Kind];

    public static Architecture? Read(Node node, Findings findings)
    {
        if (Section.Open(node, Path, findings) is not { } section)
        {
            return null;
        }
        return Kind(section) switch
        {
            AttentionOnly => TransformerSection.Read(section),
            ReluToy.Kind => ReluToySection.Read(section),
            _ => null, // without a kind nobody knows which keys belong
        };
    }

    /// <summary>Whether the model of a document is a toy model, whatever else is right or wrong in it.</summary>
    public static bool IsToy(MappingNode root) =>
        root.TryGet(Path, out var node) && node is MappingNode model && model.TryGet("kind", out var kind) && kind is ScalarNode { Text: ReluToy.Kind };

    private static string? Kind(Section section)
    {
        switch (section.Find("kind"))
        {
            case null:
                return AttentionOnly;
            case ScalarNode scalar when Kinds.Contains(scalar.Text):
                return scalar.Text;
            case { } node:
                section.Findings.Add(
                    section.PathOf("kind"), node, $"{node.Description} is not one of {string.Join(", ", Kinds)}", Suggestion.Among((node as ScalarNode)?.Text ?? "", Kinds));
                return null;
        }
    }
}

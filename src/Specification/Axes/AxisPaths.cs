using System.Globalization;
using Orchestrator.Specification.Nodes;
using Orchestrator.Specification.Sections;

namespace Orchestrator.Specification.Axes;

/// <summary>The settings that an axis can vary: every single value or short list of a run, as a dotted path.</summary>
internal static class AxisPaths
{
    private const string Embed = "train.init.embed";

    private static readonly string[] Train =
    [
        "train.steps", "train.batch", "train.optimizer", "train.lr", "train.betas", "train.eps", "train.weight_decay", "train.warmup",
        "train.decay", Embed, "train.init.scale",
    ];

    /// <summary>Settings that decide which others exist, or what the tokens mean: one sweep has one of each.</summary>
    private static readonly string[] Single = ["kind", "files", "tokenizer"];

    /// <summary>Every path that exists in this document, whether or not it gives a value for it.</summary>
    public static List<string> In(MappingNode root)
    {
        if (ModelSection.IsToy(root))
        {
            return [.. ReluToySection.Keys.Select(InModel), .. Train.Where(path => path != Embed), "data.seed", "data.sparsity"];
        }
        List<string> paths = [.. TransformerSection.Keys.Select(InModel), .. Train, "data.bos", "data.seed"];
        if (!root.TryGet(DataSection.Path, out var node) || node is not MappingNode data)
        {
            return [.. paths, "data.vocab"];
        }
        var parts = data.TryGet("parts", out var list) && list is SequenceNode sequence ? sequence.Items : [];
        if (Kind(data) != DataPartSection.Text && !parts.Any(part => Kind(part) == DataPartSection.Text))
        {
            paths.Add("data.vocab"); // the vocabulary of text follows from the text
        }
        paths.AddRange(OfKind(Kind(data)).Select(key => $"data.{key}"));
        for (var i = 0; i < parts.Count; i++)
        {
            var prefix = string.Create(CultureInfo.InvariantCulture, $"data.parts.{i}");
            paths.Add($"{prefix}.weight");
            paths.AddRange(OfKind(Kind(parts[i])).Select(key => $"{prefix}.{key}"));
        }
        return paths;
    }

    /// <summary>Whether the path names a setting that exists but cannot vary within a sweep.</summary>
    public static bool IsSingle(string path) => path == InModel("kind") || path.StartsWith("data.", StringComparison.Ordinal) && Single.Contains(path[(path.LastIndexOf('.') + 1)..]);

    private static string InModel(string key) => $"{ModelSection.Path}.{key}";

    private static string? Kind(Node part) => part is MappingNode mapping && mapping.TryGet("kind", out var kind) ? (kind as ScalarNode)?.Text : null;

    private static string[] OfKind(string? kind) => kind switch
    {
        DataPartSection.RepeatedSegments => ["segment"],
        DataPartSection.Language => ["successors", "noise", "skip_trigrams", "copied_spans"],
        DataPartSection.Markov => ["states", "concentration"],
        DataPartSection.Text => ["held_out"],
        _ => [],
    };
}

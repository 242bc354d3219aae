using Orchestrator.Contracts.Runs;
using Orchestrator.Specification.Errors;
using Orchestrator.Specification.Nodes;

namespace Orchestrator.Specification.Sections;

/// <summary>One kind of data: by itself, or as a part of a mixture with a weight.</summary>
internal static class DataPartSection
{
    public const string RepeatedSegments = "repeated-segments";
    public const string Language = "language";
    public const string Markov = "markov";
    public const string Text = "text";

    private static readonly Language DefaultLanguage = new();
    private static readonly Markov DefaultMarkov = new();

    public static IReadOnlyList<string> Kinds { get; } = [RepeatedSegments, Language, Markov, Text];

    /// <summary>A part of a mixture.</summary>
    public static DataPart? Read(Node node, string path, Findings findings)
    {
        if (Section.Open(node, path, findings) is not { } section || Kind(section, Kinds) is not { } kind)
        {
            return null;
        }
        var weight = section.Number("weight", Interval.Positive, 1.0);
        var part = ReadKind(section, kind);
        section.Close();
        return part is not null && weight is { } w ? part with { Weight = w } : null;
    }

    public static string? Kind(Section section, IReadOnlyCollection<string> kinds)
    {
        var node = section.Find("kind");
        if (node is ScalarNode scalar && kinds.Contains(scalar.Text))
        {
            return scalar.Text;
        }
        var list = string.Join(", ", kinds);
        if (node is null)
        {
            section.Require("kind", $"write one of {list}");
            return null;
        }
        section.Findings.Add(section.PathOf("kind"), node, $"{node.Description} is not one of {list}", Suggestion.Among((node as ScalarNode)?.Text ?? "", kinds));
        return null;
    }

    /// <summary>The settings of a kind, from a section that may hold others too.</summary>
    public static DataPart? ReadKind(Section section, string kind) => kind switch
    {
        RepeatedSegments => ReadSegments(section),
        Language => ReadLanguage(section),
        Markov => ReadMarkov(section),
        _ => TextPartSection.Read(section),
    };

    private static RepeatedSegments? ReadSegments(Section section)
    {
        const string fix = "write the shortest and the longest segment in tokens, for example [8, 16]";
        var path = section.PathOf("segment");
        if (section.Require("segment", fix) is not { } node || Scalars.List(node, path, 2, fix, section.Findings) is not { } items)
        {
            return null;
        }
        var shortest = Scalars.Integer(items[0], $"{path}[0]", 1, 65_536, section.Findings);
        var longest = Scalars.Integer(items[1], $"{path}[1]", 1, 65_536, section.Findings);
        if (shortest is not { } from || longest is not { } to)
        {
            return null;
        }
        if (from > to)
        {
            section.Findings.Add(path, node, $"the shortest segment, {from}, is longer than the longest, {to}", $"write [{to}, {from}]");
            return null;
        }
        return new RepeatedSegments { Shortest = (int)from, Longest = (int)to };
    }

    private static Language? ReadLanguage(Section section)
    {
        var successors = section.Integer("successors", 1, 65_536, DefaultLanguage.Successors);
        var noise = section.Number("noise", Interval.Share, DefaultLanguage.Noise);
        var skipTrigrams = section.Number("skip_trigrams", Interval.Share, DefaultLanguage.SkipTrigrams);
        var copiedSpans = section.Number("copied_spans", Interval.Share, DefaultLanguage.CopiedSpans);
        return (successors, noise, skipTrigrams, copiedSpans) is ({ } s, { } n, { } t, { } c)
            ? new Language { Successors = s, Noise = n, SkipTrigrams = t, CopiedSpans = c }
            : null;
    }

    private static Markov? ReadMarkov(Section section)
    {
        var states = section.Integer("states", 2, 65_536, DefaultMarkov.States);
        var concentration = section.Number("concentration", Interval.Positive, DefaultMarkov.Concentration);
        return states is { } s && concentration is { } c ? new Markov { States = s, Concentration = c } : null;
    }
}

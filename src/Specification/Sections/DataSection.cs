using Orchestrator.Contracts.Runs;
using Orchestrator.Specification.Errors;
using Orchestrator.Specification.Nodes;

namespace Orchestrator.Specification.Sections;

/// <summary>
/// <c>data</c>: sequences of tokens, or sparse features for toy models. Sequences are a mixture of parts; a single kind is a mixture of one and is written without <c>parts</c>. Token 0 is BOS and
/// counts in the vocabulary whether or not sequences start with it.
/// </summary>
internal static class DataSection
{
    public const string Path = "data";
    public const string Mixture = "mixture";

    public static TrainingData? Read(Node node, Findings findings)
    {
        if (Section.Open(node, Path, findings) is not { } section)
        {
            return null;
        }
        string[] kinds = [Mixture, .. DataPartSection.Kinds, SparseFeatures.Kind];
        return DataPartSection.Kind(section, kinds) switch
        {
            null => null, // without a kind nobody knows which keys belong
            SparseFeatures.Kind => Features(section),
            var kind => Sequences(section, kind),
        };
    }

    private static SparseFeatures? Features(Section section)
    {
        var sparsity = section.Require("sparsity", "write the probability that a feature is 0, such as 0.9") is { } node
            ? Scalars.Number(node, section.PathOf("sparsity"), Interval.ShareBelowOne, section.Findings)
            : null;
        var seed = Seed(section);
        section.Close();
        return sparsity is { } s && seed is { } n ? new SparseFeatures { Sparsity = s, Seed = n } : null;
    }

    private static DataConfiguration? Sequences(Section section, string kind)
    {
        var vocab = section.Integer("vocab", 3, 1 << 24);
        var bos = section.Boolean("bos", true);
        var seed = Seed(section);
        IReadOnlyList<DataPart>? parts = kind switch
        {
            Mixture => Parts(section),
            _ => DataPartSection.ReadKind(section, kind) is { } part ? [part] : null,
        };
        section.Close();
        if ((vocab, bos, seed, parts) is not ({ } v, { } b, { } n, { } p))
        {
            return null;
        }
        var data = new DataConfiguration { Vocab = v, Bos = b, Seed = n, Parts = p };
        return section.Findings.ValuesOnly || VocabularyRules.Hold(data, section) ? data : null;
    }

    private static ulong? Seed(Section section) =>
        section.Find("seed") is { } node ? (ulong?)Scalars.Integer(node, section.PathOf("seed"), 0, ulong.MaxValue, section.Findings) : 0;

    private static List<DataPart>? Parts(Section section)
    {
        if (section.Require("parts", "list the parts of the mixture, each with kind and weight") is not { } node)
        {
            return null;
        }
        if (node is not SequenceNode { Items.Count: > 0 and <= 100 } list)
        {
            section.Findings.Add(section.PathOf("parts"), node, $"{node.Description} is not a list of 1 to 100 parts", "list the parts of the mixture, each with kind and weight");
            return null;
        }
        DataPart?[] parts = [.. list.Items.Select((item, i) => DataPartSection.Read(item, $"{section.PathOf("parts")}[{i}]", section.Findings))];
        return parts.Contains(null) ? null : [.. parts.OfType<DataPart>()];
    }
}

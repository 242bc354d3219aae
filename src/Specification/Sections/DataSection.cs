using Orchestrator.Contracts.Runs;
using Orchestrator.Specification.Errors;
using Orchestrator.Specification.Nodes;

namespace Orchestrator.Specification.Sections;

/// <summary>
/// <c>data</c>: a mixture of parts. A single kind is a mixture of one and is written without <c>parts</c>. Token 0 is BOS and
/// counts in the vocabulary whether or not sequences start with it.
/// </summary>
internal static class DataSection
{
    public const string Path = "data";
    public const string Mixture = "mixture";

    public static DataConfiguration? Read(Node node, Findings findings)
    {
        if (Section.Open(node, Path, findings) is not { } section)
        {
            return null;
        }
        string[] kinds = [Mixture, .. DataPartSection.Kinds];
        var kind = DataPartSection.Kind(section, kinds);
        var vocab = section.Integer("vocab", 3, 1 << 24);
        var bos = section.Boolean("bos", true);
        var seed = section.Find("seed") is { } s ? Scalars.Integer(s, section.PathOf("seed"), 0, ulong.MaxValue, findings) : 0;
        IReadOnlyList<DataPart>? parts = kind switch
        {
            null => null,
            Mixture => Parts(section),
            _ => DataPartSection.ReadKind(section, kind) is { } part ? [part] : null,
        };
        if (kind is null)
        {
            return null; // without a kind nobody knows which keys belong
        }
        section.Close();
        if ((vocab, bos, seed, parts) is not ({ } v, { } b, { } n, { } p))
        {
            return null;
        }
        var data = new DataConfiguration { Vocab = v, Bos = b, Seed = (ulong)n, Parts = p };
        return findings.ValuesOnly || VocabularyRules.Hold(data, section) ? data : null;
    }

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

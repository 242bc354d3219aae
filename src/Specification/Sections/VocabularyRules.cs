using Orchestrator.Contracts.Runs;

namespace Orchestrator.Specification.Sections;

/// <summary>What the parts of a mixture ask of the vocabulary.</summary>
internal static class VocabularyRules
{
    /// <summary>BOS and 256 byte values.</summary>
    public const int OfBytes = 257;

    // Six opener and six trigger tokens after BOS (findings, section 3).
    private const int SkipTrigramTokens = 13;

    public static bool Hold(DataConfiguration data, Section section)
    {
        var texts = data.Parts.OfType<Text>().ToList();
        if (texts.Count > 1)
        {
            section.Findings.Add(section.PathOf("parts"), section.Find("parts"), "two parts of one mixture are text, and their tokens would mean different things", "put all files into one part");
            return false;
        }
        foreach (var part in data.Parts)
        {
            if (Broken(part, data.Vocab) is { } broken)
            {
                var fix = broken.Fix ?? (texts.Count > 0 ? $"write {broken.Less}: the text decides on the vocabulary" : $"write at least {data.Parts.Max(Least)}, or {broken.Less}");
                section.Findings.Add(section.PathOf("vocab"), section.Find("vocab"), broken.Rule, fix);
                return false;
            }
        }
        return true;
    }

    /// <summary>The smallest vocabulary in which a part finds its tokens.</summary>
    private static int Least(DataPart part) => part switch
    {
        Language language => Math.Max(language.Successors + 1, language.SkipTrigrams > 0 ? SkipTrigramTokens : 0),
        Markov markov => markov.States + 1,
        _ => 0,
    };

    // Of text the vocabulary follows from the text, and Fix says how; of others either it grows or the part asks for Less.
    private static (string Rule, string? Fix, string Less)? Broken(DataPart part, int vocab) => part switch
    {
        Language language when language.Successors > vocab - 1 =>
            ($"a vocabulary of {vocab} has no {language.Successors} successors besides BOS", null, $"successors up to {vocab - 1}"),
        Language { SkipTrigrams: > 0 } when vocab < SkipTrigramTokens =>
            ($"a vocabulary of {vocab} is too small for skip-trigrams (BOS, 6 openers, 6 triggers)", null, "skip_trigrams: 0"),
        Markov markov when markov.States > vocab - 1 =>
            ($"a vocabulary of {vocab} has no {markov.States} states besides BOS", null, $"states up to {vocab - 1}"),
        Text { Tokenizer.Kind: TokenizerKind.Bytes } when vocab != OfBytes =>
            ($"text as bytes has a vocabulary of {OfBytes} (BOS and 256 bytes), not {vocab}", $"write {OfBytes}, or leave vocab out", ""),
        Text { Tokenizer: { Kind: TokenizerKind.Words, Size: var size } } when vocab != size + 2 =>
            ($"text as {size} words has a vocabulary of {size + 2} (BOS, unknown and the words), not {vocab}", $"write {size + 2}, or leave vocab out", ""),
        _ => null,
    };
}

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
                section.Findings.Add(section.PathOf("vocab"), section.Find("vocab"), broken.Rule, broken.Fix);
                return false;
            }
        }
        return true;
    }

    private static (string Rule, string Fix)? Broken(DataPart part, int vocab) => part switch
    {
        Language language when language.Successors > vocab - 1 =>
            ($"a vocabulary of {vocab} has no {language.Successors} successors besides BOS", $"write at least {language.Successors + 1}"),
        Language { SkipTrigrams: > 0 } when vocab < SkipTrigramTokens =>
            ($"a vocabulary of {vocab} is too small for skip-trigrams (BOS, 6 openers, 6 triggers)", $"write at least {SkipTrigramTokens}, or skip_trigrams: 0"),
        Markov markov when markov.States > vocab - 1 =>
            ($"a vocabulary of {vocab} has no {markov.States} states besides BOS", $"write at least {markov.States + 1}"),
        Text { Tokenizer.Kind: TokenizerKind.Bytes } when vocab != OfBytes =>
            ($"text as bytes has a vocabulary of {OfBytes} (BOS and 256 bytes), not {vocab}", $"write {OfBytes}, or leave vocab out"),
        Text { Tokenizer: { Kind: TokenizerKind.Words, Size: var size } } when vocab != size + 2 =>
            ($"text as {size} words has a vocabulary of {size + 2} (BOS, unknown and the words), not {vocab}", $"write {size + 2}, or leave vocab out"),
        _ => null,
    };
}

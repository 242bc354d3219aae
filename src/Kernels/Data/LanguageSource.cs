using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Randomness;

namespace Orchestrator.Kernels.Data;

/// <summary>
/// A toy language that has something for every depth: bigrams (no attention needed), skip-trigrams (one layer: what follows a
/// trigger depends on the sequence's opener, far back), and copied spans (two layers). The tables belong to the data seed.
/// </summary>
internal sealed class LanguageSource : ISequenceSource
{
    private const double SuccessorRatio = 0.6;  // each successor of a token is this much as likely as the one before it
    private const int ShortestSpan = 3;
    private const int LongestSpan = 10;

    private readonly Language _part;
    private readonly int _symbols;
    private readonly int _openers;              // openers are tokens 1.._openers, triggers the next _openers tokens
    private readonly long[][] _successors;
    private readonly double[] _cumulative;      // over the successors, sums to 1 - noise
    private readonly long[,] _forced;           // [opener, trigger]

    internal LanguageSource(Language part, int vocab, ulong seed)
    {
        (_part, _symbols) = (part, vocab - 1);
        if (_symbols < 4)
        {
            throw new DataConfigurationException($"language: the vocabulary must have at least 5 tokens (BOS, openers, triggers, words), found {vocab}");
        }
        if (part.Successors < 1 || part.Successors > _symbols)
        {
            throw new DataConfigurationException($"language: successors must be 1..{_symbols} for a vocabulary of {vocab}, found {part.Successors}");
        }
        CheckShare("noise", part.Noise);
        CheckShare("skip_trigrams", part.SkipTrigrams);
        CheckShare("copied_spans", part.CopiedSpans);
        _openers = Math.Clamp(_symbols / 4, 1, 6);

        var bigrams = RandomSource.For(seed, "data/language/bigrams");
        _successors = [.. Enumerable.Range(0, _symbols + 1).Select(_ => Distinct(bigrams, part.Successors))];
        _cumulative = Cumulative(part.Successors, 1 - part.Noise);
        var skips = RandomSource.For(seed, "data/language/skip-trigrams");
        _forced = new long[_openers, _openers];
        for (var pair = 0; pair < _forced.Length; pair++)
        {
            _forced[pair / _openers, pair % _openers] = skips.Between(2 * _openers + 1, _symbols);
        }
    }

    public void Fill(Span<long> tokens, RandomSource random, bool heldOut)
    {
        var skips = _part.SkipTrigrams > 0;
        tokens[0] = skips ? random.Between(1, _openers) : random.Between(1, _symbols);
        for (var i = 1; i < tokens.Length;)
        {
            if (skips && tokens[i - 1] is var before && before > _openers && before <= 2 * _openers)
            {
                tokens[i++] = _forced[tokens[0] - 1, before - _openers - 1];
            }
            else if (_part.CopiedSpans > 0 && i > ShortestSpan && random.NextDouble() < _part.CopiedSpans)
            {
                i = CopySpan(tokens, i, random);
            }
            else if (skips && random.NextDouble() < _part.SkipTrigrams)
            {
                tokens[i++] = random.Between(_openers + 1, 2 * _openers);
            }
            else
            {
                tokens[i] = Successor(tokens[i - 1], random);
                i++;
            }
        }
    }

    private static int CopySpan(Span<long> tokens, int at, RandomSource random)
    {
        var length = Math.Min(random.Between(ShortestSpan, Math.Min(LongestSpan, at)), tokens.Length - at);
        var from = random.Next(at - length + 1);
        tokens.Slice(from, length).CopyTo(tokens[at..]);
        return at + length;
    }

    private long Successor(long token, RandomSource random)
    {
        var draw = random.NextDouble();
        var chosen = Array.FindIndex(_cumulative, limit => draw < limit);
        return chosen < 0 ? random.Between(1, _symbols) : _successors[token][chosen];
    }

    private long[] Distinct(RandomSource random, int count)
    {
        var symbols = Enumerable.Range(1, _symbols).Select(symbol => (long)symbol).ToArray();
        for (var i = 0; i < count; i++)
        {
            var other = random.Between(i, symbols.Length - 1);
            (symbols[i], symbols[other]) = (symbols[other], symbols[i]);
        }
        return symbols[..count];
    }

    private static double[] Cumulative(int count, double total)
    {
        var weights = Enumerable.Range(0, count).Select(n => Math.Pow(SuccessorRatio, n)).ToArray();
        var (sum, running) = (weights.Sum(), 0.0);
        return [.. weights.Select(weight => running += weight / sum * total)];
    }

    private static void CheckShare(string key, double share)
    {
        if (!(share >= 0 && share <= 1))
        {
            throw new DataConfigurationException($"language: {key} must be a probability, found {share}");
        }
    }
}

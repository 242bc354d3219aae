using System.Runtime.InteropServices;
using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Randomness;

namespace Orchestrator.Kernels.Data;

/// <summary>
/// A data configuration turned into sequences: tables and texts that all runs share. It has no state of its own and may be
/// shared by the streams of many runs.
/// </summary>
public sealed class SequenceMixture : ISampleSource
{
    private readonly ISequenceSource[] _sources;
    private readonly double[] _cumulative;
    private readonly DataConfiguration _data;

    /// <summary>Builds tables and reads texts.</summary>
    /// <param name="data">What to draw from.</param>
    /// <param name="length">Tokens of a sequence, BOS included.</param>
    /// <param name="texts">Where text files come from.</param>
    /// <exception cref="DataConfigurationException">A part cannot work with the vocabulary or the length.</exception>
    public SequenceMixture(DataConfiguration data, int length, ITextContents? texts = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        var drawn = data.Bos ? length - 1 : length;
        if (data.Vocab < 2 || drawn < 1)
        {
            throw new DataConfigurationException($"data: needs at least 2 token ids with BOS and 1 token after BOS, found vocab {data.Vocab} and n_ctx {length}");
        }
        if (data.Parts.Count == 0 || data.Parts.Any(part => !(part.Weight > 0 && double.IsFinite(part.Weight))))
        {
            throw new DataConfigurationException("data.parts: there must be at least one part, and every weight must be a finite number above 0");
        }
        (_data, Length) = (data, length);
        _sources = [.. data.Parts.Select(part => Source(part, data, drawn, texts ?? NoText.Instance))];
        var (sum, running) = (data.Parts.Sum(part => part.Weight), 0.0);
        _cumulative = [.. data.Parts.Select(part => running += part.Weight / sum)];
    }

    /// <summary>Tokens of a sequence, BOS included.</summary>
    public int Length { get; }

    int ISampleSource.SampleBytes => Length * sizeof(long);

    void ISampleSource.Fill(Span<byte> samples, RandomSource random) => Fill(MemoryMarshal.Cast<byte, long>(samples), random, heldOut: false);

    /// <summary>Fills rows of <see cref="Length"/> tokens, one sequence each.</summary>
    /// <param name="rows">Any number of whole rows.</param>
    /// <param name="random">The stream to draw from.</param>
    /// <param name="heldOut">Whether text must come from the part that training never sees.</param>
    public void Fill(Span<long> rows, RandomSource random, bool heldOut)
    {
        ArgumentNullException.ThrowIfNull(random);
        for (; rows.Length >= Length; rows = rows[Length..])
        {
            var draw = random.NextDouble();
            var part = 0;
            while (part < _sources.Length - 1 && draw >= _cumulative[part])
            {
                part++;
            }
            rows[0] = 0;
            _sources[part].Fill(rows[(_data.Bos ? 1 : 0)..Length], random, heldOut);
        }
    }

    /// <summary>Held-out sequences [count, <see cref="Length"/>], row-major: the same for all runs and snapshots of one data seed.</summary>
    public long[] HeldOut(int count)
    {
        var rows = new long[count * Length];
        Fill(rows, RandomSource.For(_data.Seed, "data/held-out"), heldOut: true);
        return rows;
    }

    private static ISequenceSource Source(DataPart part, DataConfiguration data, int drawn, ITextContents texts) => part switch
    {
        RepeatedSegments repeated => new RepeatedSegmentSource(repeated, data.Vocab),
        Language language => new LanguageSource(language, data.Vocab, data.Seed),
        Markov markov => new MarkovSource(markov, data.Vocab),
        Text text => new TextSource(text, data.Vocab, drawn, texts),
        _ => throw new DataConfigurationException($"data.parts: unknown kind {part.GetType().Name}"),
    };
}

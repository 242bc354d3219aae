using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Randomness;

namespace Orchestrator.Kernels.Data;

/// <summary>Windows of text at random places. The end of every file is held out and no training window reaches into it.</summary>
internal sealed class TextSource : ISequenceSource
{
    private readonly TextTokens _tokens;
    private readonly int _window;
    private readonly (int File, int Start, int Count)[] _training;   // window starts per file: Start .. Start + Count - 1
    private readonly (int File, int Start, int Count)[] _heldOut;

    internal TextSource(Text part, int vocab, int window, ITextContents contents)
    {
        if (!(part.HeldOut > 0 && part.HeldOut < 1))
        {
            throw new DataConfigurationException($"text: held_out must be between 0 and 1, found {part.HeldOut}");
        }
        _window = window;
        _tokens = TextTokens.Of([.. part.Files.Select(file => (file.Name, contents.Read(file)))], part.Tokenizer);
        if (_tokens.Vocab > vocab)
        {
            throw new DataConfigurationException($"text: the files have {_tokens.Vocab} token ids with BOS, but data.vocab is {vocab}: set it to {_tokens.Vocab}");
        }
        var cut = _tokens.Files.Select(file => file.Length - (int)Math.Ceiling(file.Length * part.HeldOut)).ToArray();
        _training = Starts(cut.Select(end => (0, end)), part, "training");
        _heldOut = Starts(cut.Zip(_tokens.Files, (start, file) => (start, file.Length)), part, "held-out");
    }

    public void Fill(Span<long> tokens, RandomSource random, bool heldOut)
    {
        if (tokens.Length != _window)
        {
            throw new ArgumentException($"windows have {_window} tokens, not {tokens.Length}", nameof(tokens));
        }
        var places = heldOut ? _heldOut : _training;
        var place = random.Next(places.Sum(part => part.Count));
        var n = 0;
        while (place >= places[n].Count)
        {
            place -= places[n++].Count;
        }
        var window = _tokens.Files[places[n].File].AsSpan(places[n].Start + place, _window);
        for (var i = 0; i < _window; i++)
        {
            tokens[i] = window[i];
        }
    }

    private (int File, int Start, int Count)[] Starts(IEnumerable<(int Start, int End)> parts, Text part, string name)
    {
        var starts = parts.Select((range, file) => (file, range.Start, Count: range.End - range.Start - _window + 1)).Where(range => range.Count > 0).ToArray();
        return starts.Length > 0
            ? starts
            : throw new DataConfigurationException($"text: the {name} part of {string.Join(", ", part.Files.Select(file => file.Name))} is shorter than one window of {_window} tokens: use more text or a smaller n_ctx");
    }
}

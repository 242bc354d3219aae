using System.Text;
using CsCheck;
using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Data;
using Orchestrator.Kernels.Randomness;

namespace Orchestrator.Kernels.Tests.Data;

public sealed class SequenceMixtureTests
{
    private const int Length = 24;

    private sealed class Files(params string[] contents) : ITextContents
    {
        public ReadOnlyMemory<byte> Read(TextFile file) => Encoding.Latin1.GetBytes(contents[int.Parse(file.Name)]);
        public IReadOnlyList<TextFile> All => [.. contents.Select((content, n) => new TextFile($"{n}", "", content.Length))];
    }

    private static long[][] Rows(DataConfiguration data, int count, ulong seed = 1, ITextContents? texts = null)
    {
        var rows = new long[count * Length];
        SampleStream.Start(new SequenceMixture(data, Length, texts), seed).Next(rows);
        return [.. rows.Chunk(Length)];
    }

    private static DataConfiguration Data(int vocab, params DataPart[] parts) => new() { Vocab = vocab, Parts = parts };

    public static TheoryData<DataPart> Parts => [
        new RepeatedSegments { Shortest = 3, Longest = 9 }, new Language(), new Language { CopiedSpans = 0.2, SkipTrigrams = 0 },
        new Language { CopiedSpans = 1, Noise = 1, Successors = 1 }, new Markov { States = 6 }, new Markov { States = 6, Concentration = 1e-4 }];

    [Theory]
    [MemberData(nameof(Parts))]
    public void Bos_stands_first_and_nowhere_else_and_every_token_is_in_the_vocabulary(DataPart part)
    {
        Assert.All(Rows(Data(12, part), 200), row =>
        {
            Assert.Equal(0, row[0]);
            Assert.All(row[1..], token => Assert.InRange(token, 1, 11));
        });
        Assert.All(Rows(Data(12, part) with { Bos = false }, 200), row => Assert.All(row, token => Assert.InRange(token, 1, 11)));
    }

    [Theory]
    [MemberData(nameof(Parts))]
    public void A_stream_is_its_seed_and_continues_from_its_state(DataPart part)
    {
        var mixture = new SequenceMixture(Data(12, part), Length);
        var stream = SampleStream.Start(mixture, 5);
        var (first, second, again) = (new long[10 * Length], new long[10 * Length], new long[10 * Length]);
        stream.Next(first);
        var (state, drawn) = (stream.State, stream.Drawn);
        stream.Next(second);
        SampleStream.Continue(mixture, state, drawn).Next(again);
        Assert.Equal(second, again);
        Assert.Equal(20, stream.Drawn);
        SampleStream.Start(mixture, 5).Next(again);
        Assert.Equal(first, again);
        SampleStream.Start(mixture, 6).Next(again);
        Assert.NotEqual(first, again);
    }

    [Fact]
    public void Held_out_sequences_follow_the_data_seed_and_are_not_the_training_ones()
    {
        var data = Data(12, new Language());
        var heldOut = new SequenceMixture(data, Length).HeldOut(8);
        Assert.Equal(heldOut, new SequenceMixture(data, Length).HeldOut(8));
        Assert.NotEqual(heldOut, new SequenceMixture(data with { Seed = 1 }, Length).HeldOut(8));
        Assert.NotEqual(heldOut, Rows(data, 8, seed: data.Seed).SelectMany(row => row));
    }

    [Fact]
    public void Segments_repeat_with_a_period_that_changes_from_sequence_to_sequence()
    {
        var periods = Rows(Data(1000, new RepeatedSegments { Shortest = 4, Longest = 7 }), 400)
            .Select(row => Enumerable.Range(1, Length).First(period => Enumerable.Range(1, Length - 1 - period).All(i => row[i] == row[i + period]))).ToArray();
        Assert.Equal([4, 5, 6, 7], periods.Distinct().Order());
        Assert.All(periods.CountBy(period => period), count => Assert.InRange(count.Value, 60, 140));
    }

    [Fact]
    public void The_token_after_a_trigger_is_decided_by_the_opener_alone()
    {
        // 31 symbols: openers 1..6, triggers 7..12.
        var followers = Rows(Data(32, new Language { SkipTrigrams = 0.3 }), 3000)
            .SelectMany(row => Enumerable.Range(1, Length - 2).Where(i => row[i] is >= 7 and <= 12).Select(i => (Opener: row[1], Trigger: row[i], Next: row[i + 1])))
            .GroupBy(triple => (triple.Opener, triple.Trigger)).ToArray();
        Assert.Equal(36, followers.Length);
        Assert.All(followers, group => Assert.Single(group.Select(triple => triple.Next).Distinct()));
    }

    [Fact]
    public void Bigrams_are_the_same_for_every_run_and_move_with_the_data_seed()
    {
        var data = Data(32, new Language { SkipTrigrams = 0, Noise = 0, Successors = 2 });
        var table = Followers(Rows(data, 2000, seed: 1));
        Assert.All(table.Values, set => Assert.Equal(2, set.Count));
        Assert.All(Followers(Rows(data, 500, seed: 2)), row => Assert.Subset(table[row.Key], row.Value));
        Assert.Contains(Followers(Rows(data with { Seed = 9 }, 500)), row => !row.Value.IsSubsetOf(table[row.Key]));

        static Dictionary<long, HashSet<long>> Followers(long[][] rows) =>
            rows.SelectMany(row => row[1..].Zip(row[2..])).GroupBy(pair => pair.First).ToDictionary(group => group.Key, group => group.Select(pair => pair.Second).ToHashSet());
    }

    [Fact]
    public void Copied_spans_repeat_what_came_before()
    {
        var rows = Rows(Data(1000, new Language { SkipTrigrams = 0, Noise = 1, CopiedSpans = 0.3 }), 100);
        var plain = Rows(Data(1000, new Language { SkipTrigrams = 0, Noise = 1 }), 100);
        Assert.True(rows.Sum(Repeats) > 400, "spans of three tokens should occur twice");
        Assert.True(plain.Sum(Repeats) < 5, "without copying they should not");

        static int Repeats(long[] row) => Enumerable.Range(4, Length - 6).Count(i => Enumerable.Range(1, i - 3).Any(j => row.AsSpan(j, 3).SequenceEqual(row.AsSpan(i, 3))));
    }

    [Fact]
    public void A_markov_chain_belongs_to_its_sequence_and_small_concentrations_make_it_peaked()
    {
        var peaked = Rows(Data(12, new Markov { States = 6, Concentration = 0.01 }), 200);
        var flat = Rows(Data(12, new Markov { States = 6, Concentration = 100 }), 200);
        Assert.True(Determined(peaked) > 0.85 && Determined(flat) < 0.6);
        Assert.NotEqual(peaked[0], peaked[1]);

        // Share of transitions that repeat what followed the token's last occurrence.
        static double Determined(long[][] rows) => rows.SelectMany(row => Enumerable.Range(3, Length - 4)
            .Select(i => (i, before: Array.LastIndexOf(row, row[i], i - 1))).Where(pair => pair.before > 0)
            .Select(pair => row[pair.i + 1] == row[pair.before + 1] ? 1.0 : 0.0)).Average();
    }

    [Fact]
    public void The_parts_of_a_mixture_occur_by_their_weights()
    {
        var rows = Rows(Data(20, new Markov { States = 2, Weight = 3 }, new RepeatedSegments { Shortest = 9, Longest = 9, Weight = 1 }), 2000);
        Assert.InRange(rows.Count(row => row.Max() <= 2), 1400, 1600);
    }

    [Fact]
    public void Training_windows_never_reach_into_the_held_out_end_of_a_file()
    {
        var files = new Files(new string('a', 90) + new string('b', 90), new string('c', 300), new string('d', 10));
        var data = Data(257, new Text { Files = files.All, Tokenizer = new Tokenizer { Kind = TokenizerKind.Bytes }, HeldOut = 0.5 });
        var training = Rows(data, 300, texts: files);
        Assert.Equal([98L, 100L], training.SelectMany(row => row[1..]).Distinct().Order());
        Assert.Equal([99L, 100L], new SequenceMixture(data, Length, files).HeldOut(300).Where(token => token != 0).Distinct().Order());
        // Windows are drawn evenly: 68 starts in one file and 128 in the other.
        Assert.InRange(training.Count(row => row[1] == 98), 75, 133);
    }

    [Fact]
    public void Windows_hold_the_text_as_it_stands()
    {
        var text = string.Concat(Enumerable.Range(0, 300).Select(n => (char)(33 + n * n / 7 % 90)));
        var files = new Files(text);
        var rows = Rows(Data(257, new Text { Files = files.All, Tokenizer = new Tokenizer { Kind = TokenizerKind.Bytes } }), 50, texts: files);
        Assert.All(rows, row => Assert.Contains(string.Concat(row[1..].Select(token => (char)(token - 1))), text[..270]));
    }

    [Fact]
    public void What_cannot_work_is_refused_with_the_part_and_the_rule()
    {
        Refused("repeated-segments", Data(9, new RepeatedSegments { Shortest = 5, Longest = 4 }));
        Refused("states", Data(9, new Markov { States = 9 }));
        Refused("concentration", Data(9, new Markov { Concentration = double.NaN }));
        Refused("noise", Data(9, new Language { Noise = 1.5 }));
        Refused("successors", Data(9, new Language { Successors = 9 }));
        Refused("vocabulary", Data(4, new Language { Successors = 1 }));
        Refused("weight", Data(9, new Markov { Weight = 0 }));
        Refused("at least one part", Data(9));
        Refused("no text store", Data(300, new Text { Files = [new TextFile("a.txt", "00", 1)], Tokenizer = new Tokenizer { Kind = TokenizerKind.Bytes } }));
        var short_ = new Files("too short");
        Refused("shorter than one window", Data(300, new Text { Files = short_.All, Tokenizer = new Tokenizer { Kind = TokenizerKind.Bytes } }), short_);
        Refused("set it to 257", Data(256, new Text { Files = short_.All, Tokenizer = new Tokenizer { Kind = TokenizerKind.Bytes } }), short_);

        static void Refused(string rule, DataConfiguration data, ITextContents? texts = null) =>
            Assert.Contains(rule, Assert.Throws<DataConfigurationException>(() => new SequenceMixture(data, Length, texts)).Message);
    }

    [Fact]
    public void Any_lengths_of_segments_fit_any_context() =>
        Gen.Select(Gen.Int[1, 40], Gen.Int[0, 40], Gen.Int[2, 30], Gen.Bool).Sample((shortest, more, length, bos) =>
        {
            var rows = new long[3 * length];
            var data = Data(7, new RepeatedSegments { Shortest = shortest, Longest = shortest + more }) with { Bos = bos };
            new SequenceMixture(data, length).Fill(rows, RandomSource.For(1, "any"), heldOut: false);
            Assert.All(rows.Index(), token => Assert.InRange(token.Item, bos && token.Index % length == 0 ? 0 : 1, bos && token.Index % length == 0 ? 0 : 6));
        }, iter: 100);
}

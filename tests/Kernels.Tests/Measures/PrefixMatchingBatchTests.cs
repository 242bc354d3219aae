using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Analysis;
using Orchestrator.Kernels.Measures;

namespace Orchestrator.Kernels.Tests.Measures;

public sealed class PrefixMatchingBatchTests
{
    [Theory]
    [InlineData(32, new[] { "held_out", "prefix_matching" })]
    [InlineData(2, new[] { "held_out" })]
    public void An_evaluation_set_written_as_a_tokens_file_is_read_back_whole(int context, string[] names)
    {
        var data = new DataConfiguration { Vocab = 12, Parts = [new Markov { States = 6 }] };
        var evaluation = EvaluationSet.Create(data, context);
        var read = TokenBatches.Parse(TokenBatches.Write(evaluation.Batches), "tokens.json", 12, context);
        Assert.Equal(names, read.Keys);
        Assert.Equal(evaluation.HeldOut, read["held_out"]);
        Assert.Equal(evaluation.Prefix?.Tokens, read.GetValueOrDefault("prefix_matching"));
    }

    [Theory]
    [InlineData(64, 128, 25, 4, 0.030721)]
    [InlineData(26, 101, 25, 4, 0.030721)]
    [InlineData(32, 32, 15, 2, 0.0431)]
    [InlineData(25, 101, 24, 2, null)]
    [InlineData(64, 100, 49, 2, null)]
    public void The_layout_follows_context_and_vocabulary(int vocab, int context, int segment, int repeats, double? baseline)
    {
        var batch = PrefixMatchingBatch.Create(vocab, context, bos: true, seed: 5)!;
        Assert.Equal((segment, repeats), (batch.Layout.SegmentLength, batch.Layout.Repeats));
        Assert.Equal(10, batch.Tokens.Length);
        Assert.All(batch.Tokens, sequence =>
        {
            Assert.Equal(1 + segment * repeats, sequence.Length);
            Assert.Equal(0, sequence[0]);
            var first = sequence[1..(1 + segment)];
            Assert.Equal(segment, first.Distinct().Count());
            Assert.DoesNotContain(0L, first);
            Assert.Equal(Enumerable.Repeat(first, repeats).SelectMany(part => part), sequence[1..]);
        });
        Assert.True(batch.Tokens.Select(sequence => string.Join(',', sequence)).Distinct().Count() > 1);
        if (baseline is { } expected)
        {
            Assert.Equal(expected, batch.Layout.EvenAttention, 5e-5);
        }
    }

    [Fact]
    public void The_same_seed_gives_the_same_tokens_and_another_seed_others()
    {
        Assert.Equal(PrefixMatchingBatch.Create(64, 101, true, 1)!.Tokens, PrefixMatchingBatch.Create(64, 101, true, 1)!.Tokens);
        Assert.NotEqual(PrefixMatchingBatch.Create(64, 101, true, 1)!.Tokens, PrefixMatchingBatch.Create(64, 101, true, 2)!.Tokens);
    }

    [Fact]
    public void Without_bos_the_segment_stands_first() => Assert.All(PrefixMatchingBatch.Create(64, 100, bos: false, seed: 1)!.Tokens, sequence => Assert.Equal(100, sequence.Length));

    [Theory]
    [InlineData(1, 32)]
    [InlineData(32, 2)]
    public void Where_nothing_fits_there_is_no_batch(int vocab, int context) => Assert.Null(PrefixMatchingBatch.Create(vocab, context, bos: true, seed: 1));
}

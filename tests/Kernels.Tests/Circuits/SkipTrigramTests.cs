using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Circuits;
using Orchestrator.Kernels.Model;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Tests.Circuits;

[Collection("circuits")]
public sealed class SkipTrigramTests
{
    // keep = 0, in = 1, at = 2, mind = 3, bay = 4, other = 5
    private static readonly long[][] Text = [[0, 1, 3], [0, 2, 4], [5, 1, 4], [5, 2, 3]];

    [Fact]
    public void The_top_trigrams_of_a_head_are_those_that_were_put_into_it_with_their_bugs()
    {
        using var scope = NewDisposeScope();
        var top = SkipTrigrams.Top(Planted(), head: 0, [0, 1, 2, 3, 4, 5], sources: 2, perSource: 2);
        Assert.Equal(0, top[0].Source);
        Assert.Equal([1L, 2L], top[0].Destinations.Select(token => token.Token).Order());
        Assert.Equal([3L, 4L], top[0].Outputs.Select(token => token.Token).Order());
        Assert.True(top[0].Strength > top[1].Strength);
        var occurring = SkipTrigrams.In(Text, new HashSet<long> { 0 });
        Assert.Contains(new SkipTrigram(0, 1, 3), occurring);
        Assert.DoesNotContain(new SkipTrigram(5, 1, 4), occurring);
        Assert.Equal([new SkipTrigram(0, 1, 4), new SkipTrigram(0, 2, 3)], top[0].Bugs(occurring).OrderBy(bug => bug.Destination));
    }

    [Fact]
    public void Scores_are_entries_of_the_centred_circuits() => OddModels.Check(40, odd =>
    {
        var model = odd.Model();
        for (var head = 0; head < model.Heads.Count; head++)
        {
            var (qk, ov) = (FactoredMatrix.QueryKeyOf(model, head), FactoredMatrix.OutputValueOf(model, head));
            var attention = qk.A.matmul(qk.B)[0];
            attention = (attention - attention.mean([1], keepdim: true)) / model.Configuration.AttentionScale;
            var effect = ov.A.matmul(ov.B)[0];
            effect -= effect.mean([1], keepdim: true);
            long[] tokens = [.. Enumerable.Range(0, odd.Vocab).Select(id => (long)id)];
            var all = SkipTrigrams.Top(model, head, tokens, tokens.Length, 3);
            Assert.Equal(tokens, all.Select(source => source.Source).Order());
            foreach (var source in all)
            {
                Assert.All(source.Destinations, token => Assert.Equal(attention[token.Token, source.Source].item<double>(), token.Score, 1e-9));
                Assert.All(source.Outputs, token => Assert.Equal(effect[source.Source, token.Token].item<double>(), token.Score, 1e-9));
                Assert.Equal(attention[TensorIndex.Colon, TensorIndex.Single(source.Source)].max().item<double>(), source.Destinations[0].Score, 1e-9);
                Assert.Equal(effect[source.Source].max().item<double>(), source.Outputs[0].Score, 1e-9);
            }
            Assert.Equal(all.Max(source => source.Strength), SkipTrigrams.Top(model, head, tokens, 1, 3)[0].Strength, 1e-9);
            Assert.Equal([1L], SkipTrigrams.Top(model, head, [1], 5, 3).Select(source => source.Source));
        }
    });

    // One-hot embeddings; queries of "in" and "at" meet the key of "keep", whose value raises "mind" and "bay".
    private static CircuitModel Planted()
    {
        var hot = eye(6, dtype: ScalarType.Float64).unsqueeze(0);
        var weights = new ModelWeights(
            hot, null,
            [new LayerWeights(Column(1, 2), Column(0), Column(0), Column(3, 4).transpose(1, 2), null, null, null, null, null, null)],
            null, hot.clone(), null);
        return CircuitModel.Create(weights, new CircuitConfiguration { Layers = 1, Heads = 1, DModel = 6, DHead = 1, NCtx = 3, Vocab = 6, Positions = PositionKind.None, AttentionScale = 1 });

        static Tensor Column(params int[] ones) => tensor([.. Enumerable.Range(0, 6).Select(row => ones.Contains(row) ? 1.0 : 0.0)], [1, 6, 1]);
    }
}

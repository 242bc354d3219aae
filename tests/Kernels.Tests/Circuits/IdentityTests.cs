using Orchestrator.Kernels.Circuits;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Tests.Circuits;

/// <summary>The exact identities of math.md 2 and 4 on odd models: every depth, width, position kind, norm, bias.</summary>
[Collection("circuits")]
public sealed class IdentityTests
{
    [Fact]
    public void The_instrumented_pass_computes_what_the_definition_says() => OddModels.Check(150, odd =>
    {
        var (weights, tokens) = (odd.Weights(), odd.Tokens());
        var trace = ForwardPass.Run(CircuitModel.Create(weights, odd.Configuration), tokens);
        var logits = Unembedding.Logits(CircuitModel.Create(weights, odd.Configuration), trace);
        for (var b = 0; b < odd.Batch; b++)
        {
            var truth = new BruteForce(odd.Configuration, weights, Ids(tokens, b));
            Same.Numbers([.. truth.Logits.SelectMany(row => row)], logits[0][b].Values(), 1e-9);
            for (var l = 0; l < odd.Layers; l++)
            {
                Same.Numbers([.. truth.Patterns[l].SelectMany(head => head.SelectMany(row => row))], trace.Patterns[l][0][b].Values(), 1e-10);
            }
        }
    });

    [Fact]
    public void Path_terms_sum_to_the_logits() => OddModels.Check(80, odd =>
    {
        var model = odd.Model();
        var trace = ForwardPass.Run(model, odd.Tokens());
        var sum = Paths(odd).Aggregate(zeros_like(Unembedding.Logits(model, trace)), (total, path) => total + PathExpansion.Logits(model, trace, path));
        Same.Numbers(Unembedding.Logits(model, trace).Values(), sum.Values(), 1e-9);
    }, odd => PathExpansion.Count(odd.Configuration) <= 64);

    [Fact]
    public void The_walk_over_paths_gives_each_path_the_mean_of_its_own_logits() => OddModels.Check(60, odd =>
    {
        var model = odd.Model();
        var trace = ForwardPass.Run(model, odd.Tokens());
        var terms = PathExpansion.CorrectLogits(model, trace);
        Assert.Equal(PathExpansion.Count(odd.Configuration), terms.Count);
        Assert.Equal(terms.Count, terms.Select(term => string.Join('>', term.Heads)).Distinct().Count());
        foreach (var term in terms)
        {
            var logits = PathExpansion.Logits(model, trace, term.Heads)[0].narrow(1, 0, odd.Length - 1);
            var expected = logits.gather(2, odd.Tokens().narrow(1, 1, odd.Length - 1).unsqueeze(2)).mean().item<double>();
            Assert.Equal(expected, term.CorrectLogit, 1e-10);
        }
        var orders = terms.Select(term => term.Heads.Count).ToList();
        Assert.Equal(orders.Order(), orders);
        Assert.Equal(terms.Where(term => term.Heads.Count <= 1).Select(term => term.CorrectLogit), PathExpansion.CorrectLogits(model, trace, longest: 1).Select(term => term.CorrectLogit));
    }, odd => PathExpansion.Count(odd.Configuration) <= 64);

    [Fact]
    public void Freezing_passes_are_the_sums_of_paths_and_end_at_the_model() => OddModels.Check(60, odd =>
    {
        var model = odd.Model();
        var trace = ForwardPass.Run(model, odd.Tokens());
        var terms = TermImportance.Of(model, trace, Unembedding.LossPerToken(model, trace));
        var (byOrder, ofLayer) = (terms.ByOrder.Numbers(), terms.DirectPlusLayer.Numbers());
        Assert.Equal(odd.Layers + 1, byOrder.Length);
        Assert.Equal(odd.Layers, ofLayer.Length);
        for (var order = 0; order <= odd.Layers; order++)
        {
            Assert.Equal(LossOf(model, trace, Paths(odd).Where(path => path.Count <= order)), byOrder[order], 1e-10);
        }
        for (var l = 0; l < odd.Layers; l++)
        {
            Assert.Equal(LossOf(model, trace, Paths(odd).Where(path => path.Count == 0 || path is [var (layer, _)] && layer == l)), ofLayer[l], 1e-10);
        }
    }, odd => PathExpansion.Count(odd.Configuration) <= 64);

    [Fact]
    public void A_zeroed_head_changes_what_the_definition_says_and_nothing_else() => OddModels.Check(60, odd =>
    {
        var (weights, tokens) = (odd.Weights(), odd.Tokens());
        var model = CircuitModel.Create(weights, odd.Configuration);
        var trace = ForwardPass.Run(model, tokens);
        var ablated = Ablation.EachHead(model, trace);
        var (withoutIt, keepingPatterns) = (ablated.Full.EachHead(), ablated.Frozen.EachHead());
        Assert.Equal(odd.Layers * odd.Heads, withoutIt.Length);
        for (var head = 0; head < withoutIt.Length; head++)
        {
            var (l, h) = (head / odd.Heads, head % odd.Heads);
            bool Zeroed(int layer, int own) => (layer, own) == (l, h);
            var clean = Enumerable.Range(0, odd.Batch).Select(b => new BruteForce(odd.Configuration, weights, Ids(tokens, b))).ToList();
            var full = clean.Select((_, b) => new BruteForce(odd.Configuration, weights, Ids(tokens, b), Zeroed).Loss).Average();
            var frozen = clean.Select((own, b) => new BruteForce(odd.Configuration, weights, Ids(tokens, b), Zeroed, own).Loss).Average();
            Assert.Equal(full, withoutIt[head], 1e-9);
            Assert.Equal(frozen, keepingPatterns[head], 1e-9);
            Assert.Equal(LossOf(model, trace, Paths(odd).Where(path => !path.Contains((l, h)))), keepingPatterns[head], 1e-9);
        }
    }, odd => PathExpansion.Count(odd.Configuration) <= 27);

    [Fact]
    public void Attention_scores_are_the_sum_of_their_terms() => OddModels.Check(80, odd =>
    {
        var model = odd.Model();
        var trace = ForwardPass.Run(model, odd.Tokens());
        for (var l = 0; l < odd.Layers; l++)
        {
            for (var h = 0; h < odd.Heads; h++)
            {
                var expansion = ScoreExpansion.Of(model, trace, l, h);
                Assert.Equal(expansion.Components.Count, expansion.Components.Distinct().Count());
                var terms = Enumerable.Range(0, expansion.Components.Count).SelectMany(q => Enumerable.Range(0, expansion.Components.Count).Select(k => expansion.Term(q, k)));
                var sum = terms.Aggregate((all, term) => all + term)[0];                             // [query, key]
                for (var query = 0; query < odd.Length; query++)
                {
                    var scores = sum[query].narrow(0, 0, query + 1).Values();
                    var weights = scores.Select(score => Math.Exp(score - scores.Max())).ToArray();
                    Same.Numbers([.. weights.Select(w => w / weights.Sum())], trace.Patterns[l][0][0][h][query].narrow(0, 0, query + 1).Values(), 1e-9);
                }
            }
        }
    });

    [Fact]
    public void Direct_attribution_of_all_heads_and_the_direct_stream_is_the_logit() => OddModels.Check(60, odd =>
    {
        var model = odd.Model();
        var trace = ForwardPass.Run(model, odd.Tokens());
        var heads = LogitAttribution.EachHead(model, trace).Aggregate(zeros([odd.Batch, odd.Length], dtype: ScalarType.Float64), (sum, each) => sum + each[0].sum(1));
        var direct = PathExpansion.Logits(model, trace, []);
        var target = odd.Tokens().narrow(1, 1, odd.Length - 1).unsqueeze(2);
        var expected = (Unembedding.Logits(model, trace) - direct)[0].narrow(1, 0, odd.Length - 1).gather(2, target).squeeze(2);
        Same.Numbers(expected.Values(), heads.narrow(1, 0, odd.Length - 1).Values(), 1e-9);
    });

    private static double LossOf(CircuitModel model, ForwardTrace trace, IEnumerable<IReadOnlyList<(int, int)>> paths)
    {
        var logits = paths.Aggregate(zeros([trace.Batch, trace.Length, model.Configuration.Vocab], dtype: ScalarType.Float64), (sum, path) => sum + PathExpansion.Logits(model, trace, path)[0]);
        logits = logits.narrow(1, 0, trace.Length - 1);
        var target = trace.Tokens.narrow(1, 1, trace.Length - 1).unsqueeze(2);
        return (logits.logsumexp(2) - logits.gather(2, target).squeeze(2)).mean().item<double>();
    }

    private static IEnumerable<IReadOnlyList<(int Layer, int Head)>> Paths(OddModel odd) => Enumerable.Range(0, odd.Layers).Aggregate(
        (IEnumerable<IReadOnlyList<(int, int)>>)[[]],
        (paths, l) => [.. paths, .. paths.SelectMany(path => Enumerable.Range(0, odd.Heads).Select(h => (IReadOnlyList<(int, int)>)[.. path, (l, h)]))]);

    private static long[] Ids(Tensor tokens, int sequence) => tokens[sequence].contiguous().data<long>().ToArray();
}

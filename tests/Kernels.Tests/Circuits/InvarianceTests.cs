using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Circuits;
using Orchestrator.Kernels.Model;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Tests.Circuits;

/// <summary>math.md 1.4: which transformations leave a metric as it is, and which do not.</summary>
[Collection("circuits")]
public sealed class InvarianceTests
{
    // Eigenvalues of defective matrices amplify rounding; random ones of this size do not.
    private const double Tolerance = 1e-6;

    [Fact]
    public void A_rotation_of_the_residual_stream_changes_no_metric() => OddModels.Check(60, odd =>
    {
        var rotation = linalg.qr(new NormalSource(odd.Seed + 2).Tensor(odd.DModel, odd.DModel)).Q;
        var turned = odd.Model(w => Basis(w, rotation, rotation));
        Same.Numbers(Metrics(odd.Model(), odd.Tokens()), Metrics(turned, odd.Tokens()), Tolerance);
    }, odd => odd.Normalization == Normalization.None);

    [Fact]
    public void A_change_of_basis_keeps_eigen_scores_and_moves_composition_scores()
    {
        var moved = 0;
        OddModels.Check(60, odd =>
        {
            var basis = new NormalSource(odd.Seed + 2).Tensor(odd.DModel, odd.DModel) * 0.2 + eye(odd.DModel, dtype: ScalarType.Float64);
            var (before, after) = (odd.Model(), odd.Model(w => Basis(w, basis, linalg.inv(basis).transpose(0, 1))));
            Same.Numbers(EigenScores(before), EigenScores(after), Tolerance);
            moved += Compositions(before).Zip(Compositions(after)).Any(pair => Math.Abs(pair.First - pair.Second) > 1e-3) ? 1 : 0;
        }, odd => odd.Normalization == Normalization.None && odd.DModel > 3 && odd.Layers > 1);
        Assert.True(moved > 50, $"composition scores moved in {moved} of 60 models");
    }

    [Fact]
    public void A_change_of_basis_inside_a_head_changes_no_metric() => OddModels.Check(60, odd =>
    {
        var (inside, back) = Blocks(odd);
        var changed = odd.Model(w => w with
        {
            Layers = [.. w.Layers.Select(layer => layer with
            {
                W_Q = layer.W_Q.matmul(inside), B_Q = layer.B_Q?.matmul(inside),
                W_K = layer.W_K.matmul(back.transpose(0, 1)), B_K = layer.B_K?.matmul(back.transpose(0, 1)),
                W_V = layer.W_V.matmul(inside), B_V = layer.B_V?.matmul(inside), W_O = back.matmul(layer.W_O),
            })],
        });
        Same.Numbers(Metrics(odd.Model(), odd.Tokens()), Metrics(changed, odd.Tokens()), Tolerance);
    }, odd => odd.Positions != PositionKind.Rotary);

    [Fact]
    public void A_permutation_of_the_vocabulary_changes_no_metric() => OddModels.Check(60, odd =>
    {
        var ids = Enumerable.Range(0, odd.Vocab).Select(id => (long)id).ToArray();
        new Random(odd.Seed).Shuffle(ids);
        var (to, from) = (tensor(ids), tensor(ids).argsort());
        var permuted = odd.Model(w => w with { W_E = w.W_E.index_select(1, from), W_U = w.W_U.index_select(2, from), B_U = w.B_U?.index_select(1, from) });
        Same.Numbers(Metrics(odd.Model(), odd.Tokens()), Metrics(permuted, to.index_select(0, odd.Tokens().flatten()).view(odd.Batch, odd.Length)), Tolerance);
    });

    [Fact]
    public void Reordered_heads_take_their_metrics_with_them() => OddModels.Check(40, odd =>
    {
        var reversed = odd.Model(w => w with
        {
            Layers = [.. w.Layers.Select(layer => new LayerWeights(
                Columns(layer.W_Q)!, Columns(layer.W_K)!, Columns(layer.W_V)!, Columns(layer.W_O.transpose(1, 2))!.transpose(1, 2),
                Columns(layer.B_Q), Columns(layer.B_K), Columns(layer.B_V), layer.B_O, layer.Norm, layer.SmearAlpha?.flip(1)))],
        });
        var (before, after) = (PerHead(odd.Model(), odd.Tokens()), PerHead(reversed, odd.Tokens()));
        for (var l = 0; l < odd.Layers; l++)
        {
            for (var h = 0; h < odd.Heads; h++)
            {
                Same.Numbers(before[l * odd.Heads + h], after[l * odd.Heads + odd.Heads - 1 - h], Tolerance);
            }
        }

        Tensor? Columns(Tensor? stacked) => stacked is null ? null
            : cat([.. Enumerable.Range(0, odd.Heads).Reverse().Select(h => stacked.narrow(-1, h * odd.DHead, odd.DHead))], -1);
    });

    [Fact]
    public void A_constant_on_all_logits_moves_only_what_is_not_centred()
    {
        var moved = 0;
        OddModels.Check(40, odd =>
        {
            var shift = new NormalSource(odd.Seed + 3).Tensor(1, odd.DModel, 1) * 2;
            var (before, after) = (odd.Model(), odd.Model(w => w with { W_U = w.W_U + shift }));
            var (circuits, shifted) = (new TokenCircuits(before), new TokenCircuits(after));
            Same.Numbers(circuits.CopyingCentered().Values(), shifted.CopyingCentered().Values(), Tolerance);
            Same.Numbers(CopyingScore.EachHead(before).Values(), CopyingScore.EachHead(after).Values(), Tolerance);
            var (trace, same) = (ForwardPass.Run(before, odd.Tokens()), ForwardPass.Run(after, odd.Tokens()));
            Same.Numbers(Unembedding.LossPerToken(before, trace).Values(), Unembedding.LossPerToken(after, same).Values(), 1e-9);
            var everywhere = ones([odd.Batch, odd.Length], dtype: ScalarType.Float64);
            Same.Numbers(LogitAttribution.Mean(before, trace, everywhere, centered: true).Numbers(), LogitAttribution.Mean(after, same, everywhere, centered: true).Numbers(), 1e-9);
            moved += circuits.Copying().Values().Zip(shifted.Copying().Values()).Any(pair => Math.Abs(pair.First - pair.Second) > 1e-3) ? 1 : 0;
        }, odd => odd.Layers > 0 && odd.Vocab > 3 && odd.DModel > 3 && odd.Normalization == Normalization.None);
        Assert.True(moved > 30, $"raw copying moved in {moved} of 40 models");
    }

    [Fact]
    public void The_size_of_a_head_changes_no_score_and_its_sign_turns_the_eigen_score() => OddModels.Check(40, odd =>
    {
        var before = new TokenCircuits(odd.Model()).Copying().Values();
        Same.Numbers(before, new TokenCircuits(odd.Model(w => w with { Layers = [.. w.Layers.Select(layer => layer with { W_V = layer.W_V * 1e-9 })] })).Copying().Values(), Tolerance);
        Same.Numbers([.. before.Select(score => -score)], new TokenCircuits(odd.Model(w => w with { Layers = [.. w.Layers.Select(layer => layer with { W_V = layer.W_V * -3 })] })).Copying().Values(), Tolerance);
        Same.Numbers(Compositions(odd.Model()), Compositions(odd.Model(w => w with { Layers = [.. w.Layers.Select(layer => layer with { W_V = layer.W_V * -1e-6, W_Q = layer.W_Q * 1e4 })] })), 1e-9);
    });

    private static ModelWeights Basis(ModelWeights w, Tensor write, Tensor read) => w with
    {
        W_E = w.W_E.matmul(write),
        W_pos = w.W_pos?.matmul(write),
        W_U = read.transpose(0, 1).matmul(w.W_U),
        Layers = [.. w.Layers.Select(layer => layer with
        {
            W_Q = read.transpose(0, 1).matmul(layer.W_Q), W_K = read.transpose(0, 1).matmul(layer.W_K), W_V = read.transpose(0, 1).matmul(layer.W_V),
            W_O = layer.W_O.matmul(write), B_O = layer.B_O?.matmul(write),
        })],
    };

    private static (Tensor Inside, Tensor Back) Blocks(OddModel odd)
    {
        var normal = new NormalSource(odd.Seed + 4);
        Tensor[] blocks = [.. Enumerable.Range(0, odd.Heads).Select(_ => normal.Tensor(odd.DHead, odd.DHead) * 0.3 + 2 * eye(odd.DHead, dtype: ScalarType.Float64))];
        return (block_diag(blocks), block_diag([.. blocks.Select(block => linalg.inv(block))]));
    }

    private static double[] EigenScores(CircuitModel model)
    {
        var circuits = new TokenCircuits(model);
        var pairs = new PairScores(model, circuits, tensor([.. Enumerable.Range(0, model.Heads.Count).Select(head => 0.1 + head % 3)], [1, model.Heads.Count]));
        return
        [
            .. circuits.Copying().Values(), .. circuits.CopyingCentered().Values(), .. circuits.CopyingTrace().Values().Select(trace => trace / 100),
            .. Pairs(model).Select(pair => pairs.VirtualEigenScore.Of(pair.From, pair.To)),
        ];
    }

    private static double[] Compositions(CircuitModel model)
    {
        var scores = new CompositionScores(model);
        return [.. Pairs(model).SelectMany(pair => new[] { scores.Query.Raw.Of(pair.From, pair.To), scores.Key.Raw.Of(pair.From, pair.To), scores.Value.Raw.Of(pair.From, pair.To) })];
    }

    private static IEnumerable<(int From, int To)> Pairs(CircuitModel model) =>
        Contracts.Metrics.MetricLayout.Pairs(model.Configuration.Layers, model.Configuration.Heads);

    private static double[] Metrics(CircuitModel model, Tensor tokens)
    {
        var trace = ForwardPass.Run(model, tokens);
        return
        [
            .. PerHead(model, tokens).SelectMany(head => head), .. EigenScores(model), .. Compositions(model), .. HeadNorms.OutputValue(model).Values(), .. HeadNorms.QueryKey(model).Values(),
            .. TermImportance.Of(model, trace, Unembedding.LossPerToken(model, trace)).ByOrder.Numbers(), .. new TokenCircuits(model).Matching().Values(),
        ];
    }

    private static double[][] PerHead(CircuitModel model, Tensor tokens)
    {
        var (trace, matches) = (ForwardPass.Run(model, tokens), TokenMatches.Of(tokens, ScalarType.Float64));
        var everywhere = ones(tokens.shape, dtype: ScalarType.Float64);
        double[][] columns =
        [
            PatternScores.PrefixMatching(trace, matches).Numbers(), PatternScores.DuplicateToken(trace, matches).Numbers(), PatternScores.PreviousToken(trace).Numbers(), PatternScores.Entropy(trace).Numbers(),
            LogitAttribution.Mean(model, trace, everywhere).Numbers(), new TokenCircuits(model).Copying().Values(), HeadNorms.OutputValue(model).Values(),
            Ablation.EachHead(model, trace).Full.EachHead(), Ablation.EachHead(model, trace).Frozen.EachHead(),
        ];
        return [.. Enumerable.Range(0, model.Heads.Count).Select(head => columns.Select(column => column[head]).ToArray())];
    }
}

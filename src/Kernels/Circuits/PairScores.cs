namespace Orchestrator.Kernels.Circuits;

/// <summary>Scores of one pair of heads beside its composition; NaN if undefined.</summary>
/// <param name="KeyEigenScore">Eigen-score of the K-composed QK circuit.</param>
/// <param name="KeyTrace">Trace of the same circuit.</param>
/// <param name="VirtualEigenScore">Eigen-score of the virtual head's full OV circuit.</param>
public readonly record struct PairScore(double KeyEigenScore, double KeyTrace, double VirtualEigenScore);

/// <summary>
/// The induction summary of one later head (math.md 4.2, 5.5): its QK circuit through the strongest previous-token head of the
/// earlier layers, and through all of them weighted by their previous-token scores (Olsson et al.). NaN if undefined.
/// </summary>
/// <param name="ThroughPrevious">QK eigen-score through the earlier head that attends most to the previous token.</param>
/// <param name="Weighted">QK eigen-score of the weighted sum.</param>
/// <param name="WeightedTrace">Trace of the weighted sum; depends on the weights' scale.</param>
public readonly record struct InductionSummary(double ThroughPrevious, double Weighted, double WeightedTrace);

/// <summary>Scores of all pairs of heads in different layers.</summary>
public sealed class PairScores
{
    private readonly PairScore[,] _scores;
    private readonly InductionSummary[] _summaries;

    /// <param name="model">The model.</param>
    /// <param name="tokens">Its circuits between tokens.</param>
    /// <param name="previousToken">Previous-token score of every head, for the summaries; NaN counts as 0.</param>
    public PairScores(CircuitModel model, TokenCircuits tokens, IReadOnlyList<double> previousToken)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(previousToken);
        using var scope = TorchSharp.torch.NewDisposeScope();
        var pairs = new PairCircuits(model, tokens);
        _scores = new PairScore[model.Heads.Count, model.Heads.Count];
        _summaries = new InductionSummary[model.Heads.Count];
        for (var later = 0; later < model.Heads.Count; later++)
        {
            _summaries[later] = pairs.Earlier(later) == 0 ? new(double.NaN, double.NaN, double.NaN) : Score(pairs, later, previousToken);
        }
    }

    /// <summary>Scores of a pair (flat head numbers, <paramref name="from"/> in an earlier layer).</summary>
    public PairScore this[int from, int to] => _scores[from, to];

    /// <summary>The induction summary of a head; undefined in the first layer.</summary>
    public InductionSummary Summary(int head) => _summaries[head];

    private InductionSummary Score(PairCircuits pairs, int later, IReadOnlyList<double> previousToken)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        var earlier = pairs.Earlier(later);
        var (key, keyNorms) = (pairs.KeyComposed(later), pairs.KeyComposedNorms(later));
        var (keyScores, keyTraces) = (EigenScore.Of(key, keyNorms), key.Trace().Values());
        var virtualScores = EigenScore.Of(pairs.Virtual(later), pairs.VirtualNorms(later));
        for (var from = 0; from < earlier; from++)
        {
            _scores[from, later] = new(keyScores[from], keyTraces[from], virtualScores[from]);
        }
        double[] weights = [.. previousToken.Take(earlier).Select(w => double.IsNaN(w) ? 0.0 : w)];
        var strongest = Array.IndexOf(weights, weights.Max());
        var w = TorchSharp.torch.tensor(weights);
        var weighted = (w.view(-1, 1, 1) * key).sum([0], keepdim: true);          // [1, e, e]
        return new(keyScores[strongest], EigenScore.Of(weighted, (w * keyNorms).sum().view(1))[0], weighted.Trace().Values()[0]);
    }
}

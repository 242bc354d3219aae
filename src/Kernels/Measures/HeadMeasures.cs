using Orchestrator.Contracts.Metrics;
using Orchestrator.Kernels.Circuits;

namespace Orchestrator.Kernels.Measures;

/// <summary>Fills the rows of heads and pairs of one snapshot's vector; each part only if the layout asks for it.</summary>
internal sealed class HeadMeasures(CircuitModel model, MetricVector vector)
{
    private readonly int _count = model.Heads.Count;

    private bool Wants(string column) => vector.Layout.Find("heads")!.Columns.Contains(column);

    private void Set(string column, IReadOnlyList<double> values)
    {
        for (var head = 0; head < _count; head++)
        {
            vector.Set("heads", head, column, values[head].Defined());
        }
    }

    public void OnPrefixBatch(ForwardTrace trace, TokenMatches matches)
    {
        if (Wants("prefix_matching"))
        {
            Set("prefix_matching", PatternScores.PrefixMatching(trace, matches));
            Set("logit_attribution", LogitAttribution.Mean(model, trace, matches.Repeats, centered: true));
        }
    }

    public void OnHeldOut(ForwardTrace trace, TokenMatches matches, IReadOnlyList<double> previousToken)
    {
        if (Wants("previous_token"))
        {
            Set("previous_token", previousToken);
            Set("duplicate_token", PatternScores.DuplicateToken(trace, matches));
            Set("bos_attention", PatternScores.FirstToken(trace));
            Set("entropy", PatternScores.Entropy(trace));
        }
    }

    public void OfWeights(IReadOnlyList<double> previousToken)
    {
        var composition = vector.Layout.Find("pairs") is not null;
        if (_count == 0 || !(composition || Wants("ov_copying")))
        {
            return;
        }
        var tokens = new TokenCircuits(model);
        if (Wants("ov_copying"))
        {
            var copying = tokens.Copying();
            Set("ov_copying", copying);
            Set("ov_copying_centered", tokens.CopyingCentered());
            Set("ov_copying_z", EigenScoreNull.Z(model.Configuration, copying));
            Set("ov_trace", tokens.CopyingTrace());
            Set("qk_matching", tokens.Matching());
            Set("ov_norm", HeadNorms.OutputValue(model));
            Set("qk_norm", HeadNorms.QueryKey(model));
            Set("copying", CopyingScore.EachHead(model));
        }
        if (composition)
        {
            Pairs(new CompositionScores(model), new PairScores(model, tokens, previousToken));
        }
    }

    public void Ablations(ForwardTrace trace, double[] cleanIndexLosses)
    {
        if (!Wants("ablation_loss_delta") || cleanIndexLosses.Length == 0)
        {
            return;
        }
        var (loss, icl) = (cleanIndexLosses.Average(), InContextLearning.Score(cleanIndexLosses));
        var ablated = Ablation.EachHead(model, trace);
        Set("ablation_loss_delta", [.. ablated.Select(a => a.Full.Average() - loss)]);
        Set("ablation_loss_frozen_delta", [.. ablated.Select(a => a.Frozen.Average() - loss)]);
        Set("ablation_icl_delta", [.. ablated.Select(a => InContextLearning.Score(a.Full) - icl)]);
        Set("ablation_icl_frozen_delta", [.. ablated.Select(a => InContextLearning.Score(a.Frozen) - icl)]);
    }

    private void Pairs(CompositionScores composition, PairScores pairs)
    {
        var section = vector.Layout.Find("pairs")!;
        var row = 0;
        foreach (var (from, to) in MetricLayout.Pairs(vector.Layout.Layers, vector.Layout.Heads))
        {
            var (q, k, v, pair) = (composition.Query(from, to), composition.Key(from, to), composition.Value(from, to), pairs[from, to]);
            ReadOnlySpan<double> values = [q.Raw, k.Raw, v.Raw, q.Excess, k.Excess, v.Excess, q.Z, k.Z, v.Z, pair.KeyEigenScore, pair.KeyTrace, pair.VirtualEigenScore];
            ReadOnlySpan<string> columns = ["q", "k", "v", "q_excess", "k_excess", "v_excess", "q_z", "k_z", "v_z", "qk_eigen_score", "qk_trace", "ov_eigen_score"];
            for (var c = 0; c < columns.Length; c++)
            {
                vector.Values[section.At(row, columns[c])] = (float)values[c];
            }
            row++;
        }
        for (var head = 0; head < _count; head++)
        {
            Best("q", head, composition.Query);
            Best("k", head, composition.Key);
            Best("v", head, composition.Value);
            var summary = pairs.Summary(head);
            vector.Set("heads", head, "qk_eigen_previous", summary.ThroughPrevious.Defined());
            vector.Set("heads", head, "qk_eigen_weighted", summary.Weighted.Defined());
            vector.Set("heads", head, "qk_trace_weighted", summary.WeightedTrace.Defined());
        }
    }

    /// <summary>The largest excess of a head as the later one of a pair, and the flat number of the earlier head that reaches it.</summary>
    private void Best(string kind, int to, Func<int, int, Composition> score)
    {
        var earlier = to / vector.Layout.Heads * vector.Layout.Heads;
        var defined = Enumerable.Range(0, earlier).Where(from => !double.IsNaN(score(from, to).Excess)).ToList();
        if (defined.Count > 0)
        {
            var partner = defined.MaxBy(from => score(from, to).Excess);
            vector.Set("heads", to, $"{kind}_excess_max", score(partner, to).Excess);
            vector.Set("heads", to, $"{kind}_partner", partner);
        }
    }
}

using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Results.Heads;
using Orchestrator.Specification;
using Orchestrator.Storage.Catalogue;
using Orchestrator.Storage.Facts;

namespace Orchestrator.Results.Findings;

/// <summary>What findings and curves need of the snapshots of a run.</summary>
/// <param name="Heads">Its heads at the last snapshot.</param>
/// <param name="Circuit">Its circuit there; null without heads.</param>
/// <param name="RankCorrelation">Whether its heads that read more from earlier heads match prefixes more.</param>
/// <param name="InductionHeads">How many induction heads it has at each threshold; null if no head has a score.</param>
/// <param name="Roles">What its roles compose; null where that was not measured.</param>
/// <param name="Curve">Its snapshots, by step.</param>
internal sealed record RunDigest(IReadOnlyList<HeadMark> Heads, RunCircuit? Circuit, double? RankCorrelation, int[]? InductionHeads, RunRoles? Roles, IReadOnlyList<CurvePoint> Curve)
{
    public static RunDigest Of(RunConfiguration run, Sweep specification, IReadOnlyList<FactRow> stored)
    {
        var vectors = Vectors.BySteps(run, specification.PlanFor(run), stored);
        if (vectors.Count == 0)
        {
            return new RunDigest([], null, null, null, null, []);
        }
        var (step, last) = vectors.Last();
        var circuit = run.Model is ModelConfiguration model ? RunCircuits.At(model, vectors, step, specification.HeadThreshold) : null;
        return new RunDigest(
            [.. Marks(last, run.Model, specification.HeadThreshold)], circuit, circuit is null ? null : CircuitSummaries.RankCorrelation(last), ThresholdCurve.Counts(last),
            RoleCompositions.Of(last, specification.HeadThreshold), [.. vectors.Select(vector => CurvePoint.Of(vector.Key, vector.Value))]);
    }

    private static IEnumerable<HeadMark> Marks(MetricVector vector, Architecture model, double threshold)
    {
        if (vector.Layout.Find("heads")?.Columns.Contains("prefix_matching") != true)
        {
            yield break;
        }
        var keys = new HeadKeys(vector, threshold);
        for (var head = 0; head < model.HeadCount; head++)
        {
            yield return new HeadMark(
                head / model.HeadsPerLayer, head % model.HeadsPerLayer, keys.Rank(head, "prefix_matching", inLayer: true), keys.Role(head),
                vector.Get("heads", head, "prefix_matching"), vector.Get("heads", head, "previous_token"), vector.Get("heads", head, "ov_copying"), vector.Get("heads", head, "qk_eigen_previous"));
        }
    }
}

/// <summary>What is drawn of a snapshot.</summary>
internal readonly record struct CurvePoint(int Step, CurveValue Loss, CurveValue Icl, CurveValue PrefixMatching, CurveValue PreviousToken, CurveValue KExcess)
{
    private static readonly MetricSource LossOf = new("run", "loss"), IclOf = new("run", "icl_score"), PrefixMatchingOf = new("heads", "prefix_matching"), PreviousTokenOf = new("heads", "previous_token");

    public static CurvePoint Of(int step, MetricVector vector) => new(
        step, CurveValue.Of(vector, LossOf), CurveValue.Of(vector, IclOf), CurveValue.Of(vector, PrefixMatchingOf), CurveValue.Of(vector, PreviousTokenOf),
        new CurveValue((float?)vector.Max("pairs", "k_excess") ?? float.NaN, float.NaN));
}

/// <summary>A value as precise as vectors have it, and its standard error from the choice of sequences; NaN where there is none.</summary>
internal readonly record struct CurveValue(float Stored, float StoredError)
{
    public double? Value => float.IsNaN(Stored) ? null : Stored;

    public double? Error => float.IsNaN(StoredError) ? null : StoredError;

    public static CurveValue Of(MetricVector vector, MetricSource source) => new((float?)source.Read(vector) ?? float.NaN, (float?)source.ReadError(vector) ?? float.NaN);
}

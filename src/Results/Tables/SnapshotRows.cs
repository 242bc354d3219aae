using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Tables;
using Orchestrator.Results.Findings;
using Orchestrator.Storage.Facts;

namespace Orchestrator.Results.Tables;

/// <summary>The rows of one run's snapshots in the tables of <see cref="ResultTables"/>, after the columns that say which run and step they are of.</summary>
internal static class SnapshotRows
{
    private const int HeadMetrics = 6;
    private const int PairMetrics = 7;
    private const int CurveMetrics = 3;
    private const int TermMetrics = 4;
    private const int NumberedMetrics = 4;
    private static readonly string[] Embeddings = ["W_E", "W_U"];

    /// <summary>The rows in one table.</summary>
    public static IEnumerable<(int Step, object?[] Values)> Of(string table, RunConfiguration run, SortedDictionary<int, MetricVector> vectors, double threshold) => table switch
    {
        "heads" => Each(vectors, "heads", ResultTables.Heads.Columns.Skip(HeadMetrics), (vector, head) =>
            [head / run.Model.HeadsPerLayer, head % run.Model.HeadsPerLayer, HeadRoles.Of(vector, head, threshold)]),
        "pairs" => Each(vectors, "pairs", ResultTables.Pairs.Columns.Skip(PairMetrics), Pairs(run.Model)),
        "curves" => Each(vectors, "run", ResultTables.Curves.Columns.Skip(CurveMetrics), (_, _) => [])
            .Select(row => (row.Step, Last(
                row.Values, Losses(vectors[row.Step], "index_losses", "loss"), Losses(vectors[row.Step], "index_losses", Metric.ErrorOf("loss")), Losses(vectors[row.Step], "token_losses", "loss")))),
        "terms" => Each(vectors, "terms", ResultTables.Terms.Columns.Skip(TermMetrics), (_, order) => [order])
            .Select(row => (row.Step, Last(row.Values, Marginal(vectors[row.Step], (int)row.Values[0]!, ((DataConfiguration)run.Data).Vocab)))),
        "layer_terms" => Each(vectors, "layer_terms", ResultTables.LayerTerms.Columns.Skip(NumberedMetrics), (_, layer) => [layer]),
        "superposition" => Each(vectors, "superposition", ResultTables.Superposition.Columns.Skip(NumberedMetrics), (_, matrix) => [run.Model is ReluToy ? "W" : Embeddings[matrix]]),
        "features" => Each(vectors, "features", ResultTables.Features.Columns.Skip(NumberedMetrics), (_, feature) => [feature]),
        "circuits" when run.Model is ModelConfiguration model => RunCircuits.Of(model, vectors, threshold).Select(snapshot => (snapshot.Step, Values(snapshot.Circuit))),
        _ => [],
    };

    /// <summary>A row for each of a section, at each step: what <paramref name="first"/> says, then the metrics; null where one was not measured.</summary>
    private static IEnumerable<(int Step, object?[] Values)> Each(
        SortedDictionary<int, MetricVector> vectors, string section, IEnumerable<ResultColumn> columns, Func<MetricVector, int, object?[]> first)
    {
        string[] names = [.. columns.Select(column => column.Name)];
        (MetricSection? Section, int[] Places) last = (null, []);
        foreach (var (step, vector) in vectors)
        {
            if (vector.Layout.Find(section) is not { } found)
            {
                continue;
            }
            if (last.Section != found) // the snapshots of a run mostly have one layout
            {
                last = (found, [.. names.Select(name => found.Columns.ToList().IndexOf(name))]);
            }
            for (var row = 0; row < found.Rows; row++)
            {
                var key = first(vector, row);
                var values = new object?[key.Length + names.Length];
                key.CopyTo(values, 0);
                var at = found.Offset + row * found.Columns.Count;
                for (var column = 0; column < names.Length; column++)
                {
                    var place = last.Places[column];
                    values[key.Length + column] = place < 0 || float.IsNaN(vector.Values[at + place]) ? null : (double)vector.Values[at + place];
                }
                yield return (step, values);
            }
        }
    }

    private static Func<MetricVector, int, object?[]> Pairs(Architecture model)
    {
        var pairs = model is ModelConfiguration { Layers: var layers, Heads: var heads } ? MetricLayout.Pairs(layers, heads).ToArray() : [];
        return (_, row) => pairs[row] is var (from, to)
            ? [from / model.HeadsPerLayer, from % model.HeadsPerLayer, to / model.HeadsPerLayer, to % model.HeadsPerLayer]
            : [];
    }

    private static object?[] Last(object?[] values, params object?[] last)
    {
        last.CopyTo(values, values.Length - last.Length);
        return values;
    }

    private static double[]? Losses(MetricVector vector, string section, string column) =>
        vector.Layout.Find(section) is null ? null : [.. vector.Rows(section, column).Select(loss => loss ?? double.NaN)];

    /// <summary>By how much an order lowers the loss of the orders before it; the first one that of a uniform guess.</summary>
    private static double? Marginal(MetricVector vector, int order, int vocabulary) =>
        (order == 0 ? Math.Log(vocabulary) : vector.Get("terms", order - 1, "loss")) - vector.Get("terms", order, "loss");

    private static object?[] Values(Contracts.Api.RunCircuit circuit) =>
    [
        circuit.InductionLayer, circuit.InductionHead, circuit.PrefixMatching, circuit.OvCopying, circuit.IsInduction,
        circuit.PreviousLayer, circuit.PreviousHead, circuit.PreviousToken, circuit.K, circuit.KExcess, circuit.KZ,
        circuit.PreviousIsStrongestK, circuit.QkEigenScore,
        circuit.InductionAfter, circuit.InductionBy, circuit.PreviousAfter, circuit.PreviousBy, circuit.FormedFirst,
    ];
}

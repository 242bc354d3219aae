using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Storage.Catalogue;
using Orchestrator.Storage.Facts;

namespace Orchestrator.Results.Runs;

/// <summary>The sections of one run's metric vectors, as far as they were measured.</summary>
public sealed class RunSections(IFactStore facts)
{
    /// <summary>The sections that can be asked for.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. MetricTable.All.Select(metric => metric.Section).Where(section => section != MetricTable.Results).Distinct()];

    /// <summary>One section at a snapshot, or at every one; null if that is more than an answer holds.</summary>
    public async Task<RunMetrics?> Of(RunDetail run, string section, int? step, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(run);
        var vectors = Vectors.BySteps(run.Config, await facts.Run(run.Id, cancellation))
            .Where(snapshot => (step is null || snapshot.Key == step) && snapshot.Value.Layout.Find(section) is { Length: > 0 }).ToArray();
        if (vectors.Sum(snapshot => (long)snapshot.Value.Layout.Find(section)!.Length) > RunMetrics.MostValues)
        {
            return null;
        }
        // Some snapshots may have been measured in more ways than others.
        string[] columns = [.. vectors.Select(snapshot => snapshot.Value.Layout.Find(section)!.Columns).MaxBy(names => names.Count) ?? []];
        return new RunMetrics(run.Id, section, [.. columns.Select(name => Column(section, name))], [.. vectors.SelectMany(snapshot => Rows(snapshot.Key, snapshot.Value, section, columns))]);
    }

    private static IEnumerable<MetricRow> Rows(int step, MetricVector vector, string section, string[] columns) =>
        Enumerable.Range(0, vector.Layout.Find(section)!.Rows).Select(row => new MetricRow(step, row, [.. columns.Select(column => vector.Get(section, row, column))]));

    private static MetricColumn Column(string section, string name)
    {
        if (MetricTable.Find(section, name) is { } metric)
        {
            return new(name, metric.Unit, metric.Meaning);
        }
        var sampled = MetricTable.Section(section).First(other => Metric.ErrorOf(other.Name) == name);
        return new(name, sampled.Unit, sampled.ErrorMeaning);
    }
}

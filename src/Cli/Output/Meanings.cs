using Orchestrator.Contracts.Metrics;

namespace Orchestrator.Cli.Output;

/// <summary>What the columns of a table mean, a line each.</summary>
internal static class Meanings
{
    /// <summary>Of metrics.</summary>
    public static IEnumerable<string> Lines(IEnumerable<Metric> metrics) => Lines(metrics.Select(metric => (metric.Label, metric.Legend)));

    /// <summary>Names at the left, meanings aligned.</summary>
    public static IEnumerable<string> Lines(IEnumerable<(string Name, string Meaning)> columns)
    {
        var all = columns.ToList();
        var width = all.Select(column => column.Name.Length).DefaultIfEmpty().Max();
        return all.Select(column => $"{column.Name.PadRight(width)}  {column.Meaning}");
    }
}

namespace Orchestrator.Contracts.Api;

/// <summary>One section of what was measured of a run, snapshot by snapshot; no rows if it was not measured.</summary>
/// <param name="Run">The run.</param>
/// <param name="Section">Name of the section, such as <c>superposition</c>.</param>
/// <param name="Columns">What each value of a row is.</param>
/// <param name="Rows">The rows by step, then in the order of the section.</param>
public sealed record RunMetrics(string Run, string Section, IReadOnlyList<MetricColumn> Columns, IReadOnlyList<MetricRow> Rows)
{
    /// <summary>Values that one answer holds at most: of more the caller names a step.</summary>
    public const int MostValues = 1_000_000;
}

/// <summary>A metric as a column.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Unit">nats, features, …; empty for a pure number.</param>
/// <param name="Meaning">What it says.</param>
public sealed record MetricColumn(string Name, string Unit, string Meaning);

/// <summary>A row of a section: one matrix, feature, sequence, … at one snapshot.</summary>
/// <param name="Step">Optimizer steps done.</param>
/// <param name="Row">Its number in the section, from 0.</param>
/// <param name="Values">In the order of the columns; null where a metric is undefined.</param>
public sealed record MetricRow(int Step, int Row, IReadOnlyList<double?> Values);

using Orchestrator.Contracts.Metrics;
using Orchestrator.Kernels.Circuits;

namespace Orchestrator.Kernels.Measures;

/// <summary>Columns that are means over the sequences of an evaluation set, which is gone through in parts. What is not asked for is not computed.</summary>
internal sealed class DataColumns(MetricColumns columns)
{
    private readonly Dictionary<(string Section, string Column), SequenceSums> _sums = [];

    /// <summary>Whether any of a section's columns is asked for.</summary>
    public bool Want(string section, params ReadOnlySpan<string> names) => columns.Want(section, names);

    /// <summary>Adds what one part of the sequences says, if the column is asked for. Call in the part's own dispose scope.</summary>
    public void Add(string section, string column, Func<PerSequence> part)
    {
        if (columns.Want(section, column))
        {
            if (!_sums.TryGetValue((section, column), out var sums))
            {
                _sums[(section, column)] = sums = new();
            }
            sums.Add(part());
        }
    }

    /// <summary>Sets the columns from all parts.</summary>
    public void Finish()
    {
        foreach (var ((section, column), sums) in _sums)
        {
            columns.Set(section, column, sums.Mean());
            columns.Set(section, Metric.ErrorOf(column), sums.Error());
        }
    }
}

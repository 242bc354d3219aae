using Orchestrator.Kernels.Circuits;

namespace Orchestrator.Kernels.Measures;

/// <summary>What one part of the sequences of an evaluation batch says, column by column. What is not asked for is not computed.</summary>
internal sealed class MeasuredPart(MetricColumns columns)
{
    private readonly List<(string Section, string Column, PerSequence Each)> _values = [];

    /// <summary>What was added, in order.</summary>
    public IReadOnlyList<(string Section, string Column, PerSequence Each)> Values => _values;

    /// <summary>Whether any of a section's columns is asked for.</summary>
    public bool Want(string section, params ReadOnlySpan<string> names) => columns.Want(section, names);

    /// <summary>Adds a column [S, batch, rows] that is asked for, or needed for others.</summary>
    public void Add(string section, string column, Func<PerSequence> each, bool needed = false)
    {
        if (needed || columns.Want(section, column))
        {
            _values.Add((section, column, each()));
        }
    }
}

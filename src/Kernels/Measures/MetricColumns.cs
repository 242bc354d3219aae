using System.Runtime.InteropServices;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Kernels.Circuits;
using Orchestrator.Kernels.Native;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Measures;

/// <summary>The metrics of a pack's snapshots by column, on the device; what the layout does not ask for is not kept, what nobody sets is undefined.</summary>
/// <param name="layout">Of each member's vector.</param>
/// <param name="members">Number of models S.</param>
/// <param name="device">Where the columns lie.</param>
internal sealed class MetricColumns(MetricLayout layout, int members, Device device)
{
    private readonly Dictionary<(string Section, string Column), Tensor> _columns = [];

    /// <summary>Whether any of a section's columns is asked for.</summary>
    public bool Want(string section, params ReadOnlySpan<string> columns)
    {
        foreach (var column in columns)
        {
            if (layout.Find(section) is { Rows: > 0 } found && found.Columns.Contains(column))
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>Sets one column: a number for each row of the section, [S, rows], or fewer where the others are undefined. Must live as long as this does.</summary>
    public void Set(string section, string column, Tensor values)
    {
        if (Want(section, column))
        {
            var (rows, there) = (layout.Find(section)!.Rows, (int)values.shape[1]);
            var all = values.Exact();
            _columns[(section, column)] = there == rows ? all : cat([all, Undefined(rows - there)], 1);
        }
    }

    /// <summary>The vector of each member.</summary>
    public IReadOnlyList<MetricVector> Vectors()
    {
        using var scope = NewDisposeScope();
        List<Tensor> sections = [zeros([members, 0], ScalarType.Float64, device)];
        sections.AddRange(layout.Sections.Where(section => section.Length > 0).Select(section =>
            stack([.. section.Columns.Select(column => _columns.GetValueOrDefault((section.Name, column)) ?? Undefined(section.Rows))], -1).flatten(1)));   // [S, rows * columns]
        var all = cat(sections, 1).to_type(ScalarType.Float32).cpu().contiguous();
        var numbers = MemoryMarshal.Cast<byte, float>(all.bytes);
        var vectors = new List<MetricVector>();
        for (var member = 0; member < members; member++)
        {
            vectors.Add(new MetricVector(layout, numbers.Slice(member * layout.Length, layout.Length).ToArray()));
        }
        return vectors;
    }

    private Tensor Undefined(int rows) => full([members, rows], double.NaN.Held(), ScalarType.Float64, device);
}

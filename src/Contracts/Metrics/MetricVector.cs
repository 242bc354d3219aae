using System.Runtime.InteropServices;

namespace Orchestrator.Contracts.Metrics;

/// <summary>One snapshot's packed metrics together with the layout that names them.</summary>
public sealed class MetricVector(MetricLayout layout, float[] values)
{
    /// <summary>What each value means.</summary>
    public MetricLayout Layout { get; } = layout;
    /// <summary>The values; NaN if undefined. A model that diverged can leave infinities, which are read as undefined.</summary>
    public float[] Values { get; } = values.Length == layout.Length
        ? values
        : throw new ArgumentException($"a metric vector of {values.Length} floats does not fit a layout of {layout.Length}", nameof(values));

    /// <summary>A vector with every value undefined.</summary>
    public static MetricVector Undefined(MetricLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        var values = new float[layout.Length];
        Array.Fill(values, float.NaN);
        return new MetricVector(layout, values);
    }

    /// <summary>One value, or null if it is undefined or was not measured.</summary>
    public double? Get(string section, int row, string column) =>
        Layout.Find(section) is { } found && found.Place(column) is >= 0 and var place ? Defined(Values[found.At(row, place)]) : null;

    /// <summary>Every defined value of a column, row by row.</summary>
    public IEnumerable<double> Column(string section, string column)
    {
        if (Layout.Find(section) is not { } found || found.Place(column) is not (>= 0 and var place))
        {
            yield break;
        }
        for (var at = found.At(0, place); at < found.Offset + found.Length; at += found.Columns.Count)
        {
            if (Defined(Values[at]) is { } value)
            {
                yield return value;
            }
        }
    }

    /// <summary>Largest defined value of a column, or null.</summary>
    public double? Max(string section, string column)
    {
        double? largest = null;
        foreach (var value in Column(section, column))
        {
            largest = value > largest ? value : largest ?? value;
        }
        return largest;
    }

    /// <summary>Sets one value; null makes it undefined. Does nothing if the measures asked for do not include it.</summary>
    public void Set(string section, int row, string column, double? value)
    {
        if (Layout.Find(section) is { } found && found.Place(column) is >= 0 and var place)
        {
            Values[found.At(row, place)] = value is { } v ? (float)v : float.NaN;
        }
    }

    private static double? Defined(float value) => float.IsFinite(value) ? value : null;

    /// <summary>The values as little-endian bytes, as they are stored and sent.</summary>
    public byte[] ToBytes() => MemoryMarshal.AsBytes<float>(Values).ToArray();

    /// <summary>Reads what <see cref="ToBytes"/> wrote. Throws <see cref="ArgumentException"/> where the length does not fit.</summary>
    public static MetricVector FromBytes(MetricLayout layout, ReadOnlySpan<byte> bytes)
    {
        ArgumentNullException.ThrowIfNull(layout);
        if (bytes.Length != layout.Length * sizeof(float))
        {
            throw new ArgumentException($"{bytes.Length} bytes do not hold the {layout.Length} floats of the layout", nameof(bytes));
        }
        return new MetricVector(layout, MemoryMarshal.Cast<byte, float>(bytes).ToArray());
    }
}

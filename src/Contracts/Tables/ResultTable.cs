namespace Orchestrator.Contracts.Tables;

/// <summary>What values of a column are.</summary>
public enum ColumnKind
{
    /// <summary>Whole numbers, signed.</summary>
    Integer,
    /// <summary>Whole numbers from 0 to 2^64 - 1.</summary>
    Natural,
    /// <summary>Floating-point numbers of 64 bits.</summary>
    Real,
    /// <summary>Text.</summary>
    Text,
    /// <summary>True or false.</summary>
    Boolean,
    /// <summary>Moments in UTC.</summary>
    Time,
    /// <summary>Lists of floating-point numbers.</summary>
    Reals,
}

/// <summary>A column of a result table.</summary>
/// <param name="Name">Its name: no SQL keyword, no dot.</param>
/// <param name="Kind">What its values are.</param>
/// <param name="Unit">nats, steps, …; empty for a pure number or text.</param>
/// <param name="Meaning">What it says.</param>
public sealed record ResultColumn(string Name, ColumnKind Kind, string Unit, string Meaning);

/// <summary>A table of results, the same wherever they are read: in SQL, in exports, over HTTP. An undefined value is null.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Meaning">What a row is.</param>
/// <param name="Columns">Its columns in order.</param>
public sealed record ResultTable(string Name, string Meaning, IReadOnlyList<ResultColumn> Columns);

using System.Data.Common;

namespace Orchestrator.Storage.Backends;

/// <summary>The types that rows are made of, in both back ends.</summary>
internal enum ColumnType
{
    Utf8,
    Integer,
    Long,
    Real,
    Bytes,
}

/// <summary>A column: its name and how to take its value from a row. <c>null</c> is SQL's null.</summary>
internal sealed record Column<TRow>(string Name, ColumnType Type, Func<TRow, object?> Value);

/// <summary>A table of listed rows: the first columns, up to <paramref name="Keys"/>, are its key; writing a row again replaces it.</summary>
/// <param name="Name">The table.</param>
/// <param name="Keys">Number of key columns.</param>
/// <param name="Columns">All columns, the key first.</param>
/// <param name="KeyOf">The key as a comparable value, to order rows and to find two of one key.</param>
/// <param name="IsNumbered">Whether a row has the number of its sweep's change that wrote it (<see cref="SweepChanges"/>); its first column is the sweep.</param>
internal sealed record Table<TRow>(string Name, int Keys, IReadOnlyList<Column<TRow>> Columns, Func<TRow, IComparable> KeyOf, bool IsNumbered = false)
{
    /// <summary>The columns with a prefix, for a select list that <see cref="Cursor"/> reads in order.</summary>
    public string Select(string alias) => string.Join(", ", Columns.Select(c => $"{alias}.{c.Name}"));

    /// <summary>An upsert that takes its rows from <paramref name="source"/> (<c>values (…)</c> or <c>select …</c>), which has the change after the columns.</summary>
    public string Upsert(string source)
    {
        string[] names = [.. Columns.Select(c => c.Name), .. IsNumbered ? [SweepChanges.Column] : Array.Empty<string>()];
        return $"insert into {Name} ({string.Join(", ", names)}) {source} on conflict ({string.Join(", ", names.Take(Keys))}) do update set " +
            string.Join(", ", names.Skip(Keys).Select(name => $"{name} = excluded.{name}"));
    }
}

/// <summary>Reads the columns of a row from left to right.</summary>
internal struct Cursor(DbDataReader reader, int start = 0)
{
    private int _next = start;

    public string Text() => reader.GetString(_next++);
    public int Integer() => reader.GetInt32(_next++);
    public long Long() => reader.GetInt64(_next++);
    public double Real() => reader.GetDouble(_next++);
    public byte[] Bytes() => reader.GetFieldValue<byte[]>(_next++);
    public string? TextOrNull() => IsNull() ? null : Text();
    public int? IntegerOrNull() => IsNull() ? null : Integer();
    public double? RealOrNull() => IsNull() ? null : Real();

    private bool IsNull()
    {
        if (!reader.IsDBNull(_next))
        {
            return false;
        }
        _next++;
        return true;
    }
}

using DuckDB.NET.Data;
using Orchestrator.Contracts.Tables;

namespace Orchestrator.Results.DuckDb;

/// <summary>Makes a table and takes its rows.</summary>
internal sealed class TableLoader : IDisposable
{
    private readonly IReadOnlyList<ResultColumn> _columns;
    private readonly DuckDBAppender _appender;
    private readonly CancellationToken _cancellation;
    private int _rows;

    public TableLoader(DuckDBConnection connection, ResultTable table, string schema, CancellationToken cancellation)
    {
        (_columns, _cancellation) = (table.Columns, cancellation);
        Databases.Execute(connection, $"create table {schema}.{table.Name} ({string.Join(", ", table.Columns.Select(column => $"{Databases.Name(column.Name)} {TypeOf(column.Kind)}"))})");
        _appender = connection.CreateAppender(schema, table.Name);
    }

    public void Add(ReadOnlySpan<object?> values)
    {
        if ((++_rows & 0xFFF) == 0)
        {
            _cancellation.ThrowIfCancellationRequested();
        }
        var row = _appender.CreateRow();
        for (var i = 0; i < _columns.Count; i++)
        {
            Append(row, _columns[i].Kind, values[i]);
        }
        row.EndRow();
    }

    public void Dispose() => _appender.Dispose();

    private static void Append(IDuckDBAppenderRow row, ColumnKind kind, object? value)
    {
        switch (kind, value)
        {
            case (_, null): row.AppendNullValue(); break;
            case (ColumnKind.Real, int or Int128 or double): row.AppendValue(value switch { int i => i, Int128 wide => (double)wide, double d => d, _ => 0 }); break;
            case (ColumnKind.Integer, int number): row.AppendValue((long)number); break;
            case (ColumnKind.Integer, Int128 number) when number >= long.MinValue && number <= long.MaxValue: row.AppendValue((long)number); break;
            case (ColumnKind.Natural, ulong number): row.AppendValue(number); break;
            case (ColumnKind.Boolean, bool flag): row.AppendValue(flag); break;
            case (ColumnKind.Time, DateTimeOffset at): row.AppendValue(at.UtcDateTime); break;
            case (ColumnKind.Reals, double[] list): row.AppendValue(list); break;
            case (ColumnKind.Text, _): row.AppendValue(Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture)); break;
            default: throw new InvalidOperationException($"a column of {kind} was given {value} ({value.GetType().Name})");
        }
    }

    private static string TypeOf(ColumnKind kind) => kind switch
    {
        ColumnKind.Integer => "bigint",
        ColumnKind.Natural => "ubigint",
        ColumnKind.Real => "double",
        ColumnKind.Text => "varchar",
        ColumnKind.Boolean => "boolean",
        ColumnKind.Time => "timestamp",
        ColumnKind.Reals => "double[]",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };
}

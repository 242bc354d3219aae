using System.Text.Json;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using Orchestrator.Contracts.Api;

namespace Orchestrator.Results.Sql;

/// <summary>An answer as an Arrow IPC stream: numbers, booleans and lists of numbers as such, everything else as text.</summary>
internal static class ArrowFile
{
    private const int BatchRows = 65_536;

    public static void Write(SqlAnswer answer, string path)
    {
        using var file = File.Create(path);
        var (schema, columns, rows) = (default(Schema), System.Array.Empty<Column>(), 0);
        ArrowStreamWriter? writer = null;
        try
        {
            answer.Stream(
                long.MaxValue,
                heads =>
                {
                    columns = [.. heads.Select(Column.Of)];
                    schema = new Schema(columns.Select(column => column.Field), null);
                    writer = new ArrowStreamWriter(file, schema);
                    writer.WriteStart();
                },
                row =>
                {
                    for (var i = 0; i < columns.Length; i++)
                    {
                        columns[i].Add(row[i]);
                    }
                    if (++rows == BatchRows)
                    {
                        Flush();
                    }
                });
            Flush();
            writer!.WriteEnd();
        }
        finally
        {
            writer?.Dispose();
        }

        void Flush()
        {
            using var batch = new RecordBatch(schema!, columns.Select(column => column.Take()), rows);
            writer!.WriteRecordBatch(batch);
            rows = 0;
        }
    }

    /// <summary>Values of one column until they are taken as an array.</summary>
    private abstract class Column(Field shape)
    {
        public Field Field => shape;

        public abstract void Add(object? value);

        public abstract IArrowArray Take();

        public static Column Of(TableColumn column) => column.Type switch
        {
            "bigint" or "integer" or "smallint" or "tinyint" or "uinteger" or "usmallint" or "utinyint" =>
                new Column<Int64Array.Builder>(column.Name, Int64Type.Default, () => new(), (to, value) => to.Append(Convert.ToInt64(value)), to => to.AppendNull(), to => to.Build()),
            "ubigint" => new Column<UInt64Array.Builder>(column.Name, UInt64Type.Default, () => new(), (to, value) => to.Append(Convert.ToUInt64(value)), to => to.AppendNull(), to => to.Build()),
            "double" or "float" or "hugeint" or "uhugeint" => new Column<DoubleArray.Builder>(column.Name, DoubleType.Default, () => new(), (to, value) => to.Append(value is JsonElement large ? large.GetDouble() : Convert.ToDouble(value)), to => to.AppendNull(), to => to.Build()),
            "boolean" => new Column<BooleanArray.Builder>(column.Name, BooleanType.Default, () => new(), (to, value) => to.Append((bool)value), to => to.AppendNull(), to => to.Build()),
            "double[]" => new Column<ListArray.Builder>(column.Name, new ListType(DoubleType.Default), () => new(DoubleType.Default), AddList, to => to.AppendNull(), to => to.Build()),
            _ => new Column<StringArray.Builder>(column.Name, StringType.Default, () => new(), (to, value) => to.Append(Contracts.Tables.Csv.TextOf(value)), to => to.AppendNull(), to => to.Build()),
        };

        private static void AddList(ListArray.Builder to, object value)
        {
            to.Append();
            var items = (DoubleArray.Builder)to.ValueBuilder;
            foreach (var item in (object?[])value)
            {
                items.Append((double?)item);
            }
        }
    }

    private sealed class Column<TBuilder>(string name, IArrowType type, Func<TBuilder> begin, Action<TBuilder, object> add, Action<TBuilder> addNull, Func<TBuilder, IArrowArray> end)
        : Column(new Field(name, type, nullable: true))
    {
        private TBuilder _values = begin();

        public override void Add(object? value)
        {
            if (value is null)
            {
                addNull(_values);
            }
            else
            {
                add(_values, value);
            }
        }

        public override IArrowArray Take()
        {
            var array = end(_values);
            _values = begin();
            return array;
        }
    }
}

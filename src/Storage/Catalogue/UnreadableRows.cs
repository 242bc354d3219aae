using System.Collections.Concurrent;
using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Orchestrator.Storage.States;

namespace Orchestrator.Storage.Catalogue;

/// <summary>Rows that this version cannot read: each is left out, told once and counted, and hides no other.</summary>
internal sealed partial class UnreadableRows(ILogger<UnreadableRows> log)
{
    private readonly ConcurrentDictionary<string, bool> _told = new(StringComparer.Ordinal);

    /// <summary>Reads a row whose first two columns say which it is.</summary>
    public bool TryRead<TRow>(string table, DbDataReader reader, Func<DbDataReader, TRow> read, out TRow row)
    {
        try
        {
            row = read(reader);
            return true;
        }
        catch (Exception wrong) when (wrong is StorageException or FormatException or JsonException or InvalidCastException or OverflowException)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"{table} {reader.GetValue(0)} {reader.GetValue(1)}");
            if (_told.TryAdd(name, true))
            {
                StorageInstruments.RowsSetAside.Add(1, new KeyValuePair<string, object?>("table", table));
                SetAside(log, name, wrong.Message);
            }
            row = default!;
            return false;
        }
    }

    [LoggerMessage(1, LogLevel.Error, "the row {Row} cannot be read and is set aside: {Reason}")]
    private static partial void SetAside(ILogger log, string row, string reason);
}

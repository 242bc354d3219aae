using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Orchestrator.Contracts.Work;
using Orchestrator.Storage.Backends;
using SQLitePCL;

namespace Orchestrator.Storage.Sqlite;

/// <summary>
/// One file, one writing connection, one reading connection for grain states, and pooled ones for lists. The log (WAL) is
/// flushed to the disk at every commit (<c>synchronous = full</c>): neither kill -9 nor a power cut loses what was acknowledged
/// (with <c>normal</c> a power cut would lose the last commits, though never tear the file). Since hundreds of writes share a
/// commit, the flush costs little: <c>bench/Storage.Bench</c> measures it. Who only reads changes nothing: no file is made, no
/// schema migrated, and a folder that cannot be written will do.
/// </summary>
internal sealed class SqliteDatabase(string path, bool readOnly = false) : Database
{
    private const int BusySeconds = 30;

    private SqliteConnectionStringBuilder _opening = new() { DataSource = path, Mode = SqliteOpenMode.ReadWrite, DefaultTimeout = BusySeconds }; // only a start makes the file
    private bool _disposed;
    private SqliteConnection? _writing;
    private SqliteConnection? _reading;
    private SqliteWriter? _writer;
    private SqliteStateReader? _reader;

    public override bool IsReadOnly => readOnly;

    public override async Task<IReadOnlyList<bool>> Commit(IReadOnlyList<StateWrite> writes)
    {
        await Start();
        return await this.Naming(() => ValueTask.FromResult<IReadOnlyList<bool>>(_writer!.Commit(writes)));
    }

    public override async Task<IReadOnlyList<StoredState?>> Read(IReadOnlyList<StateKey> keys)
    {
        await Start();
        return await this.Naming(() => ValueTask.FromResult<IReadOnlyList<StoredState?>>(_reader!.Read(keys)));
    }

    public override async Task Append(IReadOnlyList<RunLogEntry> lines, int keep, CancellationToken cancellation)
    {
        await using var connection = (SqliteConnection)await Open(cancellation);
        SqliteRunLogs.Append(connection, lines, keep);
    }

    public override async Task<DbConnection> Open(CancellationToken cancellation)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        await Start(cancellation);
        return await Open(pooling: true, cancellation);
    }

    public override async Task<DatabaseStatus> Look(CancellationToken cancellation)
    {
        await Start(cancellation);
        if (!File.Exists(path))
        {
            throw new StorageException($"the SQLite database '{path}' was deleted while this process had it open: what is written now is lost; stop the process and put the file back");
        }
        var found = await this.List(
            "select sqlite_version(), user_version, strftime('%Y-%m-%dT%H:%M:%f0000Z', 'now') from pragma_user_version",
            reader => (Version: reader.GetString(0), Schema: reader.GetInt32(1), Now: Stored.Time(reader.GetString(2))), [], cancellation);
        return new DatabaseStatus($"the SQLite database '{path}'", found[0].Version, found[0].Schema, Migration.For("sqlite")[^1].Version, found[0].Now);
    }

    protected override bool IsRefusedValue(Exception exception) =>
        exception is SqliteException { SqliteErrorCode: raw.SQLITE_CONSTRAINT or raw.SQLITE_TOOBIG or raw.SQLITE_MISMATCH };

    public override StorageException? Damage(DbException failure) => (failure as SqliteException)?.SqliteErrorCode switch
    {
        raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB =>
            new StorageException($"the SQLite database '{path}' is damaged: {Reason(failure)}. Put a copy of it back from a backup", failure),
        raw.SQLITE_READONLY when readOnly => new StorageException($"the SQLite database '{path}' was opened for reading only, and something was to be written", failure),
        raw.SQLITE_IOERR or raw.SQLITE_FULL or raw.SQLITE_CANTOPEN or raw.SQLITE_READONLY or raw.SQLITE_PERM =>
            new StorageException($"the SQLite database '{path}' cannot be used: {Reason(failure)}. Check its disk and its permissions", failure),
        _ => null,
    };

    public override async ValueTask DisposeAsync()
    {
        _disposed = true;
        _writer?.Dispose();
        _reader?.Dispose();
        if (_reading is not null)
        {
            await _reading.DisposeAsync();
        }
        using (var pooled = new SqliteConnection(Text(pooling: true)))
        {
            SqliteConnection.ClearPool(pooled);
        }
        if (_writing is not null)
        {
            await _writing.DisposeAsync();   // the last connection to close folds the log into the file
        }
    }

    protected override async Task Migrate(CancellationToken cancellation)
    {
        var writing = readOnly ? await OpenForReading(cancellation) : await Create(cancellation);
        try
        {
            if (readOnly)
            {
                RefuseOlder(writing);
            }
            else
            {
                Execute(writing, "pragma journal_mode = wal");
                Execute(writing, "pragma synchronous = full");
                Execute(writing, "pragma journal_size_limit = 67108864");
                // Keys are hashes: every write touches pages all over. The pages stay in memory (64 MiB), and 16 MiB of log go back to their places at once.
                Execute(writing, "pragma cache_size = -65536");
                Execute(writing, "pragma wal_autocheckpoint = 4096");
                Migrate(writing);
            }
            _reading = await Open(pooling: false, cancellation);
            _reader = new SqliteStateReader(_reading);
            _writer = new SqliteWriter(writing);
            _writing = writing;
        }
        catch (SqliteException wrong)
        {
            await writing.DisposeAsync();
            throw Unusable(wrong);
        }
        catch
        {
            await writing.DisposeAsync();
            throw;
        }
    }

    private async Task<SqliteConnection> Create(CancellationToken cancellation)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
        {
            Directory.CreateDirectory(folder);
        }
        using (var maker = new SqliteConnection(new SqliteConnectionStringBuilder(Text(pooling: false)) { Mode = SqliteOpenMode.ReadWriteCreate }.ToString()))
        {
            try
            {
                await maker.OpenAsync(cancellation);
            }
            catch (SqliteException wrong)
            {
                throw Unusable(wrong);
            }
        }
        return await Open(pooling: false, cancellation);
    }

    /// <summary>
    /// The library keeps an index of the log beside the file. In a folder that cannot be written it has none, unless a process left
    /// one; then a file without a log is read as what it is: nobody can be writing it.
    /// </summary>
    private async Task<SqliteConnection> OpenForReading(CancellationToken cancellation)
    {
        var connection = await Open(pooling: false, cancellation);
        try
        {
            Version(connection);
            return connection;
        }
        catch (SqliteException wrong)
        {
            await connection.DisposeAsync();
            if (wrong.SqliteErrorCode is not (raw.SQLITE_CANTOPEN or raw.SQLITE_READONLY) || !File.Exists(path))
            {
                throw Unusable(wrong);
            }
            if (new FileInfo(path + "-wal") is { Exists: true, Length: > 0 })
            {
                throw new StorageException(
                    $"the SQLite database '{path}' was left in the middle of its work, and its folder cannot be written: copy the folder to where you may write and read the copy, or have its owner open it once", wrong);
            }
        }
        _opening = new(Text(pooling: false)) { DataSource = $"{new Uri(Path.GetFullPath(path)).AbsoluteUri}?immutable=1", Mode = SqliteOpenMode.ReadOnly };
        return await Open(pooling: false, cancellation);
    }

    private void RefuseOlder(SqliteConnection connection)
    {
        var all = Migration.For("sqlite");
        var stored = Version(connection);
        if (Migration.Missing(all, stored, $"the SQLite database '{path}'").Count > 0)
        {
            throw new StorageException(
                $"the SQLite database '{path}' was written by an older version (schema {stored}; this one reads {all[^1].Version}), and reading changes nothing: "
                + $"'orchestrator dev --data {Path.GetDirectoryName(Path.GetFullPath(path))}' brings it up to date at its start; then ask again");
        }
    }

    private void Migrate(SqliteConnection connection)
    {
        using var transaction = connection.BeginTransaction(deferred: false);
        foreach (var migration in Migration.Missing(Migration.For("sqlite"), Version(connection), $"the SQLite database '{path}'"))
        {
            Execute(connection, migration.Sql);
            Execute(connection, $"pragma user_version = {migration.Version}");
        }
        transaction.Commit();
    }

    private static int Version(SqliteConnection connection)
    {
        using var version = connection.CreateCommand();
        version.CommandText = "pragma user_version";
        return Convert.ToInt32(version.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    private string Text(bool pooling) => new SqliteConnectionStringBuilder(_opening.ToString()) { Pooling = pooling }.ToString();

    private async Task<SqliteConnection> Open(bool pooling, CancellationToken cancellation)
    {
        var connection = new SqliteConnection(Text(pooling));
        try
        {
            await connection.OpenAsync(cancellation);
            Execute(connection, $"pragma busy_timeout = {BusySeconds * 1000}");
            if (readOnly)
            {
                Execute(connection, "pragma query_only = on"); // the library itself refuses to write
            }
            return connection;
        }
        catch (SqliteException wrong)
        {
            await connection.DisposeAsync();
            throw Unusable(wrong);
        }
    }

    private StorageException Unusable(Exception wrong) =>
        new($"the SQLite database '{path}' cannot be opened: {Reason(wrong)}. Check that the file is a database and that its folder can be written", wrong);

    // The library's message ends in a point of its own, and names the number again.
    private static string Reason(Exception wrong) => wrong.Message.TrimEnd('.');

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Constant text and embedded scripts of this assembly.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}

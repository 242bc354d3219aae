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
/// commit, the flush costs little: <c>bench/Storage.Bench</c> measures it.
/// </summary>
internal sealed class SqliteDatabase(string path, bool readOnly = false) : Database
{
    private const int BusySeconds = 30;

    private readonly string _pooled = ConnectionString(path, pooling: true);
    private SqliteConnection? _writing;
    private SqliteConnection? _reading;
    private SqliteWriter? _writer;
    private SqliteStateReader? _reader;

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
        await Start(cancellation);
        await using var connection = await Open(_pooled, cancellation);
        RefuseWrites(connection);
        SqliteRunLogs.Append(connection, lines, keep);
    }

    public override async Task<DbConnection> Open(CancellationToken cancellation)
    {
        await Start(cancellation);
        var connection = await Open(_pooled, cancellation);
        RefuseWrites(connection);
        return connection;
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

    public override StorageException? Damage(DbException failure) => failure is SqliteException
    {
        SqliteErrorCode: raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB or raw.SQLITE_IOERR or raw.SQLITE_FULL or raw.SQLITE_CANTOPEN or raw.SQLITE_READONLY
            or raw.SQLITE_PERM or raw.SQLITE_ERROR
    } wrong
        ? new StorageException($"the SQLite database '{path}' cannot be used: {Text(wrong)}. Check its disk and its permissions, or put a copy of it back from a backup", wrong)
        : null;

    public override async ValueTask DisposeAsync()
    {
        _writer?.Dispose();
        _reader?.Dispose();
        if (_reading is not null)
        {
            await _reading.DisposeAsync();
        }
        using (var pooled = new SqliteConnection(_pooled))
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
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
        {
            Directory.CreateDirectory(folder);
        }
        var writing = await Open(ConnectionString(path, pooling: false), cancellation);
        try
        {
            Execute(writing, "pragma journal_mode = wal");
            Execute(writing, "pragma synchronous = full");
            Execute(writing, "pragma journal_size_limit = 67108864");
            // Keys are hashes: every write touches pages all over. The pages stay in memory (64 MiB), and 16 MiB of log go back to their places at once.
            Execute(writing, "pragma cache_size = -65536");
            Execute(writing, "pragma wal_autocheckpoint = 4096");
            Migrate(writing);
            RefuseWrites(writing);
            _reading = await Open(ConnectionString(path, pooling: false), cancellation);
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

    /// <summary>Where this process only reads, the library itself sees to it.</summary>
    private void RefuseWrites(SqliteConnection connection)
    {
        if (readOnly)
        {
            Execute(connection, "pragma query_only = on");
        }
    }

    private void Migrate(SqliteConnection connection)
    {
        using var transaction = connection.BeginTransaction(deferred: false);
        using var version = connection.CreateCommand();
        version.CommandText = "pragma user_version";
        var stored = Convert.ToInt32(version.ExecuteScalar(), CultureInfo.InvariantCulture);
        foreach (var migration in Migration.Missing(Migration.For("sqlite"), stored, $"the SQLite database '{path}'"))
        {
            Execute(connection, migration.Sql);
            Execute(connection, $"pragma user_version = {migration.Version}");
        }
        transaction.Commit();
    }

    private static string ConnectionString(string path, bool pooling) =>
        new SqliteConnectionStringBuilder { DataSource = path, Pooling = pooling, DefaultTimeout = BusySeconds }.ToString();

    private async Task<SqliteConnection> Open(string connectionString, CancellationToken cancellation)
    {
        var connection = new SqliteConnection(connectionString);
        try
        {
            await connection.OpenAsync(cancellation);
            Execute(connection, $"pragma busy_timeout = {BusySeconds * 1000}");
            return connection;
        }
        catch (SqliteException wrong)
        {
            await connection.DisposeAsync();
            throw Unusable(wrong);
        }
    }

    private StorageException Unusable(Exception wrong) =>
        new($"the SQLite database '{path}' cannot be opened: {Text(wrong)}. Check that the file is a database and that its folder can be written", wrong);

    // The library's message ends in a point of its own, and names the number again.
    private static string Text(Exception wrong) => wrong.Message.TrimEnd('.');

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Constant text and embedded scripts of this assembly.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}

using System.Data.Common;
using System.Globalization;
using Npgsql;
using Orchestrator.Contracts.Work;
using Orchestrator.Storage.Backends;

namespace Orchestrator.Storage.Postgres;

/// <summary>
/// Tables in the first schema of the connection's search path, shared by any number of processes. A commit is acknowledged when
/// the server has flushed it (<c>synchronous_commit</c> as the server has it: <c>on</c> unless its operator chose otherwise).
/// </summary>
internal sealed class PostgresDatabase : Database
{
    private const int OldestServer = 150_000;
    private const long MigrationLock = 0x4F72_6368_6573_7472;   // "Orchestr"
    private const int Attempts = 5;
    private const int PoolSize = 20; // the driver's default is 100: as many as a server with its defaults has for everybody

    private readonly NpgsqlDataSource _source;
    private readonly string _name;

    public PostgresDatabase(string connectionString)
    {
        var settings = Parse(connectionString);
        _name = $"the PostgreSQL database '{settings.Database}' on {settings.Host}:{settings.Port}";
        _source = NpgsqlDataSource.Create(settings);
    }

    public override async Task<IReadOnlyList<bool>> Commit(IReadOnlyList<StateWrite> writes)
    {
        await Start();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var connection = await _source.OpenConnectionAsync();
                return await PostgresWriter.Commit(connection, writes);
            }
            catch (PostgresException clash) when (attempt < Attempts && clash.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure)
            {
                // Two processes wrote the same rows in another order; the server undid this transaction whole.
            }
        }
    }

    public override async Task<IReadOnlyList<StoredState?>> Read(IReadOnlyList<StateKey> keys)
    {
        await Start();
        await using var connection = await _source.OpenConnectionAsync();
        return await PostgresStateReader.Read(connection, keys);
    }

    public override async Task Append(IReadOnlyList<RunLogEntry> lines, int keep, CancellationToken cancellation)
    {
        await Start(cancellation);
        await using var connection = await _source.OpenConnectionAsync(cancellation);
        await PostgresRunLogs.Append(connection, lines, keep, cancellation);
    }

    public override async Task<DbConnection> Open(CancellationToken cancellation)
    {
        await Start(cancellation);
        return await _source.OpenConnectionAsync(cancellation);
    }

    /// <summary>Does not migrate: who only looks must not change anything.</summary>
    public override async Task<DatabaseStatus> Look(CancellationToken cancellation)
    {
        try
        {
            await using var connection = await _source.OpenConnectionAsync(cancellation);
            await using var command = Command(connection, "select clock_timestamp(), to_regclass('schema_version') is not null");
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            await reader.ReadAsync(cancellation);
            var (now, isUsed) = (reader.GetFieldValue<DateTimeOffset>(0), reader.GetBoolean(1));
            await reader.CloseAsync();
            var schema = isUsed ? Convert.ToInt32(await Scalar(connection, "select coalesce(max(version), 0) from schema_version", cancellation), CultureInfo.InvariantCulture) : 0;
            return new DatabaseStatus(_name, connection.PostgreSqlVersion.ToString(), schema, Migration.For("postgres")[^1].Version, now);
        }
        catch (NpgsqlException wrong)
        {
            throw Unusable(wrong);
        }
    }

    // Classes 22, 23 and 54: a value that does not fit, a constraint, a limit of the program.
    protected override bool IsRefusedValue(Exception exception) =>
        exception is PostgresException { SqlState: ['2', '2' or '3', ..] or ['5', '4', ..] };

    public override ValueTask DisposeAsync() => _source.DisposeAsync();

    protected override async Task Migrate(CancellationToken cancellation)
    {
        try
        {
            await using var connection = await _source.OpenConnectionAsync(cancellation);
            if (connection.PostgreSqlVersion < new Version(OldestServer / 10_000, 0))
            {
                throw new StorageException($"{_name} is version {connection.PostgreSqlVersion}: version {OldestServer / 10_000} or newer is needed");
            }
            await using var transaction = await connection.BeginTransactionAsync(cancellation);
            await Execute(connection, $"select pg_advisory_xact_lock({MigrationLock})", cancellation);
            await Execute(connection, "create table if not exists schema_version (version integer not null)", cancellation);
            var stored = Convert.ToInt32(await Scalar(connection, "select coalesce(max(version), 0) from schema_version", cancellation), CultureInfo.InvariantCulture);
            foreach (var migration in Migration.Missing(Migration.For("postgres"), stored, _name))
            {
                await Execute(connection, migration.Sql, cancellation);
                await Execute(connection, $"insert into schema_version (version) values ({migration.Version})", cancellation);
            }
            await transaction.CommitAsync(cancellation);
        }
        catch (NpgsqlException wrong)
        {
            throw Unusable(wrong);
        }
    }

    private StorageException Unusable(NpgsqlException wrong) =>
        new($"{_name} cannot be used: {wrong.Message}. Check that it runs, the address, the user and its right to create tables", wrong);

    private static NpgsqlConnectionStringBuilder Parse(string connectionString)
    {
        try
        {
            var settings = new NpgsqlConnectionStringBuilder(connectionString);
            settings.ApplicationName ??= "orchestrator";
            // The same few statements are run for ever: prepare them on the connection that runs them.
            settings.MaxAutoPrepare = settings.MaxAutoPrepare == 0 ? 32 : settings.MaxAutoPrepare;
            settings.AutoPrepareMinUsages = 2;
            settings.MaxPoolSize = settings.ShouldSerialize("Maximum Pool Size") ? settings.MaxPoolSize : PoolSize;
            return settings;
        }
        catch (ArgumentException wrong)
        {
            throw new StorageException(
                $"the PostgreSQL connection string cannot be read: {wrong.Message} It looks like 'Host=db;Database=orchestrator;Username=orchestrator;Password=…'", wrong);
        }
    }

    private static async Task Execute(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = Command(connection, sql);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static async Task<object?> Scalar(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = Command(connection, sql);
        return await command.ExecuteScalarAsync(cancellation);
    }

#pragma warning disable CA2100 // Constant text and embedded scripts of this assembly.
    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql) => new(sql, connection);
#pragma warning restore CA2100
}

using System.Data.Common;
using System.Text;
using Orchestrator.Contracts.Work;

namespace Orchestrator.Storage.Backends;

/// <summary>
/// What differs between SQLite and PostgreSQL: how many writes become one transaction, and how to connect. Everything else is
/// SQL that both understand (<see cref="Open"/>) or code above this class.
/// </summary>
internal abstract class Database : IAsyncDisposable
{
    private readonly SemaphoreSlim _starting = new(1);
    private volatile bool _started;

    /// <summary>Creates or migrates the schema if that has not happened yet. Safe to call from several processes at once.</summary>
    public async Task Start(CancellationToken cancellation = default)
    {
        if (_started)
        {
            return;
        }
        await _starting.WaitAsync(cancellation);
        try
        {
            if (!_started)
            {
                await Migrate(cancellation);
                _started = true;
            }
        }
        finally
        {
            _starting.Release();
        }
    }

    /// <summary>
    /// Applies the writes in order in one durable transaction. Each item of the answer says whether that write found the version
    /// it expected; one that did not leaves nothing behind, rows included, and does not disturb the others.
    /// </summary>
    public abstract Task<IReadOnlyList<bool>> Commit(IReadOnlyList<StateWrite> writes);

    /// <summary>Reads states; null if there is none. Sees every write committed before the call.</summary>
    public abstract Task<IReadOnlyList<StoredState?>> Read(IReadOnlyList<StateKey> keys);

    /// <summary>Stores lines of runs' logs, and of each of these runs keeps the newest <paramref name="keep"/>.</summary>
    public abstract Task Append(IReadOnlyList<RunLogEntry> lines, int keep, CancellationToken cancellation = default);

    /// <summary>A connection for reading with SQL that both back ends understand; the caller disposes it.</summary>
    public abstract Task<DbConnection> Open(CancellationToken cancellation = default);

    /// <summary>Whether this process is refused every write.</summary>
    public virtual bool IsReadOnly => false;

    /// <summary>Looks at the database without changing it: one or two small queries. Throws <see cref="StorageException"/> if it does not answer.</summary>
    public abstract Task<DatabaseStatus> Look(CancellationToken cancellation = default);

    /// <summary>Whether the failure rolled the transaction back because of the content of one item, so that the others may be tried without it.</summary>
    public bool IsOneItemsFault(Exception exception) => exception is UnstorableException or EncoderFallbackException || IsRefusedValue(exception);

    /// <summary>The failure with the database's name, if it says that the database as a whole is damaged or out of reach; else null.</summary>
    public virtual StorageException? Damage(DbException failure) => null;

    public abstract ValueTask DisposeAsync();

    /// <summary>Whether the database refused a value, a key or its size.</summary>
    protected abstract bool IsRefusedValue(Exception exception);

    protected abstract Task Migrate(CancellationToken cancellation);
}

using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Storage.Backends;
using Orchestrator.Storage.Catalogue;
using Orchestrator.Storage.Logs;
using Orchestrator.Storage.States;

namespace Orchestrator.Storage.Tests.Backends;

/// <summary>What every test of a back end starts from: an empty database, opened once.</summary>
public abstract class BackendTest<TBackend> : IAsyncLifetime where TBackend : ITestBackend, new()
{
    private ITestDatabase? _test;
    private Opened? _opened;

    private protected ITestDatabase TestDatabase => _test!;
    private protected GroupCommitGrainStorage Storage => _opened!.Storage;
    private protected ICatalogue Catalogue => _opened!.Catalogue;
    private protected IFactStore Facts => _opened!.Facts;
    private protected IRunLogs Logs => _opened!.Logs;

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _test = await new TBackend().Create();
        _opened = new Opened(_test.Open());
    }

    public async ValueTask DisposeAsync()
    {
        if (_opened is not null)
        {
            await _opened.DisposeAsync();
        }
        if (_test is not null)
        {
            await _test.DisposeAsync();
        }
        GC.SuppressFinalize(this);
    }

    protected static GrainId Grain(string key) => GrainId.Create("test", key);

    protected async Task Write<T>(string key, T state)
    {
        var held = new GrainState<T>(state);
        await Storage.WriteStateAsync("state", Grain(key), held);
    }

    protected async Task<GrainState<T>> Read<T>(string key)
    {
        var held = new GrainState<T>();
        await Storage.ReadStateAsync("state", Grain(key), held);
        return held;
    }
}

/// <summary>A back end as a process holds it.</summary>
internal sealed class Opened(Database database, StorageOptions? options = null) : IAsyncDisposable
{
    private readonly DatabaseCatalogue _catalogue = new(database, new UnreadableRows(NullLogger<UnreadableRows>.Instance));

    public GroupCommitGrainStorage Storage { get; } = new(database, options ?? new StorageOptions());
    public ICatalogue Catalogue => _catalogue;
    public IFactStore Facts => _catalogue;
    public IRunLogs Logs { get; } = new DatabaseRunLogs(database, new UnreadableRows(NullLogger<UnreadableRows>.Instance), NullLogger<DatabaseRunLogs>.Instance);

    public async ValueTask DisposeAsync()
    {
        await Storage.DisposeAsync();
        await database.DisposeAsync();
    }
}

using Orchestrator.Client;

namespace Orchestrator.Cli.Hosting;

/// <summary>A server to talk to; if it runs in this process, disposing the connection stops it and gives the data folder back.</summary>
internal sealed class Connection : IAsyncDisposable
{
    private readonly HttpClient _http;
    private readonly IEmbeddedHandle? _embedded;
    private readonly DataFolderLock? _folder;

    /// <summary>A connection to a server in another process.</summary>
    public Connection(Uri address, string? token)
    {
        _http = OrchestratorClient.CreateHttp(address, token);
        Client = new OrchestratorClient(_http);
    }

    /// <summary>A connection to the control plane that this process runs; takes over both.</summary>
    public Connection(IEmbeddedHandle embedded, DataFolderLock folder, string? token)
        : this(embedded.Address, token) => (_embedded, _folder) = (embedded, folder);

    /// <summary>The calls.</summary>
    public OrchestratorClient Client { get; }

    /// <summary>Whether the server runs in this process and ends with it.</summary>
    public bool IsEmbedded => _embedded is not null;

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        try
        {
            if (_embedded is not null)
            {
                await _embedded.DisposeAsync();
            }
        }
        finally
        {
            _folder?.Dispose();
        }
    }
}

using Orchestrator.Client;

namespace Orchestrator.Cli.Hosting;

/// <summary>A server to talk to; if it runs in this process, disposing the connection stops it and gives the data folder back.</summary>
internal sealed class Connection : IAsyncDisposable
{
    private readonly HolderOrOwn? _holder;
    private readonly IEmbeddedHandle? _embedded;
    private readonly DataFolderLock? _folder;

    /// <summary>A connection to a server in another process.</summary>
    public Connection(Uri address, string? token) => (Http, Client) = Clients(address, token, null);

    /// <summary>A connection for reading, to a process that may end before the reader does; then it goes on as another one.</summary>
    public Connection(Uri address, string? token, Func<CancellationToken, Task<Connection>> next)
    {
        _holder = new HolderOrOwn(next);
        (Http, Client) = Clients(address, token, _holder);
    }

    /// <summary>A connection to the control plane that this process runs; takes over both.</summary>
    public Connection(IEmbeddedHandle embedded, DataFolderLock? folder, string? token)
        : this(embedded.Address, token) => (_embedded, _folder) = (embedded, folder);

    /// <summary>The calls.</summary>
    public OrchestratorClient Client { get; }

    /// <summary>What sends them.</summary>
    public HttpClient Http { get; }

    /// <summary>Whether the server runs in this process and ends with it.</summary>
    public bool IsEmbedded => _embedded is not null;

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        try
        {
            if (_holder is not null)
            {
                await _holder.DisposeNext();
            }
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

    private static (HttpClient, OrchestratorClient) Clients(Uri address, string? token, DelegatingHandler? first)
    {
        var http = OrchestratorClient.CreateHttp(address, token, first);
        return (http, new OrchestratorClient(http));
    }
}

using Orchestrator.Client;

namespace Orchestrator.Cli.Hosting;

/// <summary>A server to talk to; where it runs in this process, disposing the connection stops it and gives the data folder back.</summary>
internal sealed class Connection : IAsyncDisposable
{
    private readonly HttpClient http;
    private readonly IEmbeddedHandle? embedded;
    private readonly DataFolderLock? folder;

    /// <summary>A connection to a server in another process.</summary>
    public Connection(Uri address, string? token)
    {
        http = OrchestratorClient.CreateHttp(address, token);
        Client = new OrchestratorClient(http);
    }

    /// <summary>A connection to the control plane that this process runs; takes over both.</summary>
    public Connection(IEmbeddedHandle embedded, DataFolderLock folder, string? token)
        : this(embedded.Address, token) => (this.embedded, this.folder) = (embedded, folder);

    /// <summary>The calls.</summary>
    public OrchestratorClient Client { get; }

    /// <summary>Whether the server runs in this process and ends with it.</summary>
    public bool IsEmbedded => embedded is not null;

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        try
        {
            if (embedded is not null)
            {
                await embedded.DisposeAsync();
            }
        }
        finally
        {
            folder?.Dispose();
        }
    }
}

using Orchestrator.Silo.Http.Access;

namespace Orchestrator.Cli.Hosting;

/// <summary>Starts the control plane in this process. Everything then goes through its HTTP address, as with any other server.</summary>
internal interface IEmbeddedHost
{
    /// <summary>
    /// Starts it on a data folder whose lock the caller holds, unless it only reads. The address answers when this returns. It must
    /// leave SIGINT and SIGTERM alone: the command line owns them and disposes the handle. A start that is refused (an address that
    /// needs tokens, a broken data folder) throws <see cref="CommandLine.CliException"/>.
    /// </summary>
    Task<IEmbeddedHandle> Start(EmbeddedOptions options, CancellationToken cancellation);
}

/// <summary>A control plane that runs in this process; disposing it gives leases back, flushes and stops.</summary>
internal interface IEmbeddedHandle : IAsyncDisposable
{
    /// <summary>Where it answers.</summary>
    Uri Address { get; }
}

/// <summary>What to start.</summary>
/// <param name="DataFolder">Full path of the data folder; it exists, and is locked unless it is only read.</param>
/// <param name="Listen">An address given by the user, or null for the loopback address.</param>
/// <param name="Port">A port that was free a moment ago.</param>
/// <param name="WithWorker">Whether a local worker trains; without one nothing is dispatched.</param>
/// <param name="Worker">How it trains.</param>
/// <param name="Token">The token that every request must carry, or null; an address that others can reach needs one.</param>
/// <param name="Tokens">Tokens with scopes of a server that others may ask, which then says who changed what; or null for one that serves this command.</param>
/// <param name="ReadOnly">Whether it only answers questions: it takes up no sweep, and its database refuses writes.</param>
internal sealed record EmbeddedOptions(string DataFolder, string? Listen, int Port, bool WithWorker, LocalWorker Worker, string? Token, bool ReadOnly = false, TokenBook? Tokens = null);

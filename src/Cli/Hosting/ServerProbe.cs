using System.Net;
using Orchestrator.Client;

namespace Orchestrator.Cli.Hosting;

/// <summary>Asks an address whether an orchestrator is there.</summary>
internal sealed class ServerProbe(TimeProvider clock, string? token)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Whether one answers, be it with a refusal.</summary>
    public async Task<bool> Answers(Uri address, CancellationToken cancellation)
    {
        using var http = OrchestratorClient.CreateHttp(address, token);
        using var limit = new CancellationTokenSource(Patience, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            await new OrchestratorClient(http).GetVersion(both.Token);
            return true;
        }
        catch (ServerErrorException error)
        {
            return error.Status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden;
        }
        catch (ServerUnreachableException)
        {
            return false;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
    }
}

using Orchestrator.Cli.Hosting;
using Orchestrator.Platform;

namespace Orchestrator.Cli.Doctor;

/// <summary>Who answers at the address of the server, and whether the port can be had.</summary>
internal static class ServerChecks
{
    public static async Task<Finding> Server(ServerSettings settings, Uri standard, ServerLocator locator, CancellationToken cancellation)
    {
        var address = settings.Explicit ?? standard;
        if (await locator.Answers(address, cancellation))
        {
            return Finding.Ok("server", $"an orchestrator answers at {address}");
        }
        if (settings.Explicit is not null)
        {
            return Finding.Problem("server", $"no orchestrator answers at {address}", "start it there, or mend --server (or ORCHESTRATOR_URL)");
        }
        return FreePort.IsFree(address.Port)
            ? Finding.Ok("port", $"port {address.Port} is free")
            : Finding.Warning("port", $"another program has port {address.Port}", "nothing to do: dev and quickstart take a free one instead, or name one with dev --port N");
    }
}

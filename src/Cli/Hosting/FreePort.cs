using System.Net;
using System.Net.Sockets;

namespace Orchestrator.Cli.Hosting;

/// <summary>Ports of the loopback address.</summary>
internal static class FreePort
{
    /// <summary>The wanted port if nobody has it, else one that is free.</summary>
    public static int Choose(int wanted) => IsFree(wanted) ? wanted : Any();

    /// <summary>Whether the port can be listened on now.</summary>
    public static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int Any()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

using System.Net;
using System.Net.Sockets;

namespace Orchestrator.Silo;

/// <summary>Ports on the loopback interface.</summary>
public static class FreePort
{
    /// <summary>The wanted port where it is free, else any free one; 0 wants any.</summary>
    public static int Near(int wanted) => wanted != 0 && IsFree(wanted) ? wanted : Any();

    /// <summary>Any free port.</summary>
    public static int Any()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Whether the port can be listened on.</summary>
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
}

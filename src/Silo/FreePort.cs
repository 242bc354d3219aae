using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Orchestrator.Silo;

/// <summary>Ports on the loopback interface.</summary>
public static class FreePort
{
    private static readonly ConcurrentBag<FileStream> Locks = []; // held until the process ends

    /// <summary>The wanted port if it is free, else any free one; 0 wants any.</summary>
    public static int Near(int wanted) => wanted != 0 && IsFree(wanted) ? wanted : Any();

    /// <summary>
    /// The first free port from the wanted one on, kept from other processes of this user that ask in the same way. Orleans opens
    /// its ports for reuse, so that two silos that start at once would share one and take each other for dead.
    /// </summary>
    public static int Reserve(int wanted)
    {
        for (var port = wanted; port <= 65535; port++)
        {
            if (IsFree(port) && TryLock(port))
            {
                return port;
            }
        }
        throw new InvalidOperationException($"no port from {wanted} on is free");
    }

    /// <summary>Any free port.</summary>
    public static int Any()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static bool TryLock(int port)
    {
        try
        {
            var name = Path.Combine(Path.GetTempPath(), $"orchestrator-{Environment.UserName}-port-{port}");
            Locks.Add(new FileStream(name, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose));
            return true;
        }
        catch (IOException)
        {
            return false; // another process is about to open it
        }
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

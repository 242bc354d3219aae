using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Orchestrator.Platform;

/// <summary>
/// Ports on the loopback interface for servers that start now, kept until this process ends from others of this user that ask in the
/// same way. None is of the range from which the system gives ports to connections: one that is free there may be gone before the
/// server opens it.
/// </summary>
public static class FreePort
{
    private const int First = 10_000;
    private const int End = 32_768; // where Linux begins to give ports to connections; macOS begins at 49,152
    private static readonly ConcurrentBag<FileStream> Locks = [];
    private static int _next = Environment.ProcessId * 97; // processes that start together look in different places

    /// <summary>The wanted port if it is free, else any free one; 0 wants any.</summary>
    public static int Near(int wanted) => wanted != 0 && TryReserve(wanted) ? wanted : Any();

    /// <summary>
    /// The first free port from the wanted one on. Orleans opens its ports for reuse, so that two silos that start at once would share
    /// one and take each other for dead.
    /// </summary>
    public static int From(int wanted) =>
        Find(Enumerable.Range(wanted, IPEndPoint.MaxPort + 1 - wanted)) ?? throw new InvalidOperationException($"no port from {wanted} on is free");

    /// <summary>Any free port.</summary>
    public static int Any() =>
        Find(Enumerable.Range(0, End - First).Select(_ => First + (Interlocked.Increment(ref _next) & int.MaxValue) % (End - First)))
            ?? throw new InvalidOperationException($"no port from {First} to {End - 1} is free");

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

    /// <summary>Keeps one port; false if it cannot be listened on or another process keeps it.</summary>
    public static bool TryReserve(int port)
    {
        if (!IsFree(port))
        {
            return false;
        }
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

    private static int? Find(IEnumerable<int> ports) => ports.Cast<int?>().FirstOrDefault(port => TryReserve(port!.Value));
}

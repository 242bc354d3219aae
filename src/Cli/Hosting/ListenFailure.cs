using System.Net.Sockets;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Silo;

namespace Orchestrator.Cli.Hosting;

/// <summary>Why an address cannot be listened on, in one line.</summary>
internal static class ListenFailure
{
    /// <summary>The failure with its fix; null if the exception is about something else.</summary>
    public static CliException? Of(Exception wrong, HttpAccess access)
    {
        for (var cause = wrong; cause is not null; cause = cause.InnerException)
        {
            if (cause is SocketException socket && Reason(socket.SocketErrorCode) is { } reason)
            {
                return new CliException(ExitCode.Failed, $"cannot listen on {access.Listen.Host}:{access.Listen.Port}: {reason}", wrong);
            }
        }
        return null;
    }

    private static string? Reason(SocketError error) => error switch
    {
        SocketError.AddressAlreadyInUse => "another process does; give another port with --listen or --port",
        SocketError.AccessDenied => "this user may not use that port; give one from 1024 on",
        SocketError.AddressNotAvailable => "this machine has no such address; give one of its own, such as 127.0.0.1",
        _ => null,
    };
}

using System.Runtime.InteropServices;

namespace Orchestrator.Cli.CommandLine;

/// <summary>Ctrl-C and SIGTERM: the first asks for an orderly end, the second ends at once.</summary>
internal sealed class Interrupt : IDisposable
{
    private readonly CancellationTokenSource source = new();
    private readonly List<PosixSignalRegistration> registrations = [];
    private int count;

    public Interrupt()
    {
        registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle));
        registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle));
    }

    public CancellationToken Token => source.Token;

    public void Dispose()
    {
        registrations.ForEach(registration => registration.Dispose());
        source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref count) > 1)
        {
            EndNow();
        }
        source.CancelAsync();
    }

    // Environment.Exit would wait for exit handlers; what is durable is durable already.
    private static void EndNow()
    {
        if (OperatingSystem.IsWindows())
        {
            Environment.Exit(ExitCode.Interrupted);
        }
        ExitWithoutHandlers(ExitCode.Interrupted);
    }

    [DllImport("libc", EntryPoint = "_exit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void ExitWithoutHandlers(int status);
}

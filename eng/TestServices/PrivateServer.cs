using System.Diagnostics;
using System.Globalization;

namespace Orchestrator.TestServices;

/// <summary>A server of one's own: started by a script of <c>eng/services</c> on a free port of 127.0.0.1 and in a temporary folder.</summary>
public abstract class PrivateServer : IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(3);
    private readonly string _script;
    private readonly string _folder;

    private protected PrivateServer(string name, int port)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("the scripts in eng/services need a Unix shell: set ORCHESTRATOR_TEST_SERVICES=none to leave their tests out");
        }
        _script = Path.Combine(Repository.Root, "eng", "services", $"{name}.sh");
        _folder = Directory.CreateTempSubdirectory($"orchestrator-{name}-").FullName;
        // The server runs as a user of its own, who must be able to enter.
        File.SetUnixFileMode(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        Port = port;
    }

    /// <summary>Whether tests may start servers (ORCHESTRATOR_TEST_SERVICES is not <c>none</c>).</summary>
    public static bool Wanted => Environment.GetEnvironmentVariable("ORCHESTRATOR_TEST_SERVICES") != "none";

    /// <summary>Where it listens.</summary>
    public int Port { get; }

    /// <summary>The folder that holds everything of it.</summary>
    public string Folder => Path.Combine(_folder, "server");

    /// <summary>Starts it, also again after a stop: what it stored is still there.</summary>
    public Task Start() => Run("start");

    /// <summary>Stops it in order.</summary>
    public Task Stop() => Run("stop");

    /// <summary>Stops it for good and removes its folder.</summary>
    public async ValueTask DisposeAsync()
    {
        await Stop();
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    private protected async Task Run(string action, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(_script, [action, Folder, Port.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardError = true };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }
        using var bounded = new CancellationTokenSource(Bound);
        using var script = Process.Start(start)!;
        var errors = script.StandardError.ReadToEndAsync(bounded.Token);
        await script.WaitForExitAsync(bounded.Token);
        if (script.ExitCode != 0)
        {
            throw new InvalidOperationException($"{Path.GetFileName(_script)} {action} ended with {script.ExitCode}: {await errors}");
        }
    }
}

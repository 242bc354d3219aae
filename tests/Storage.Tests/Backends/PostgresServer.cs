using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using Orchestrator.Storage.Tests.Backends;

[assembly: AssemblyFixture(typeof(PostgresServer))]

namespace Orchestrator.Storage.Tests.Backends;

/// <summary>
/// One PostgreSQL server of this test run, started by <c>eng/services/postgres.sh</c> on a free port and in a temporary folder when
/// the first test asks for it, and stopped at the end. Where ORCHESTRATOR_TEST_SERVICES is <c>none</c> its tests are skipped.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(2);
    private static readonly Lazy<Task<Running>> Server = new(Start);

    private sealed record Running(string Folder, int Port);

    /// <summary>A connection string to an empty schema of its own.</summary>
    public static async Task<string> NewSchema()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("ORCHESTRATOR_TEST_SERVICES") == "none", "ORCHESTRATOR_TEST_SERVICES is none");
        var running = await Server.Value;
        var address = $"Host=127.0.0.1;Port={running.Port};Username=orchestrator;Database=orchestrator";
        var schema = $"test_{Guid.NewGuid():N}";
        await using var source = NpgsqlDataSource.Create($"{address};Pooling=false");
        await using var command = source.CreateCommand($"create schema {schema}");
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        return $"{address};Search Path={schema}";
    }

    public async ValueTask DisposeAsync()
    {
        if (Server.IsValueCreated)
        {
            var running = await Server.Value;
            await Script("stop", running.Folder, running.Port);
            Directory.Delete(running.Folder, recursive: true);
        }
    }

    private static async Task<Running> Start()
    {
        var folder = Directory.CreateTempSubdirectory("orchestrator-postgres-").FullName;
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("postgres.sh needs a Unix shell: set ORCHESTRATOR_TEST_SERVICES=none to leave its tests out");
        }
        File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        var port = FreePort();
        await Script("start", Path.Combine(folder, "server"), port);
        return new Running(folder, port);
    }

    private static async Task Script(string action, string folder, int port)
    {
        var path = action == "stop" ? Path.Combine(folder, "server") : folder;
        var start = new ProcessStartInfo(Path.Combine(Repository(), "eng", "services", "postgres.sh"), [action, path, port.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardError = true,
        };
        using var bounded = new CancellationTokenSource(Bound);
        using var script = Process.Start(start)!;
        var errors = script.StandardError.ReadToEndAsync(bounded.Token);
        await script.WaitForExitAsync(bounded.Token);
        if (script.ExitCode != 0)
        {
            throw new InvalidOperationException($"postgres.sh {action} ended with {script.ExitCode}: {await errors}");
        }
    }

    private static string Repository()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "global.json")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException($"no repository above '{AppContext.BaseDirectory}'");
        }
        return folder;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

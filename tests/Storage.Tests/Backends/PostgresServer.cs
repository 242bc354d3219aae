using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using Orchestrator.Storage.Tests.Backends;

[assembly: AssemblyFixture(typeof(SharedPostgres))]

namespace Orchestrator.Storage.Tests.Backends;

/// <summary>
/// A private PostgreSQL server, started by <c>eng/services/postgres.sh</c> on a free port and in a temporary folder. Most tests share
/// one, started when the first asks for it. Where ORCHESTRATOR_TEST_SERVICES is <c>none</c>, tests that need one are skipped.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(2);
    private readonly string _folder;
    private readonly int _port;

    private PostgresServer()
    {
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("postgres.sh needs a Unix shell: set ORCHESTRATOR_TEST_SERVICES=none to leave its tests out");
        }
        _folder = Directory.CreateTempSubdirectory("orchestrator-postgres-").FullName;
        File.SetUnixFileMode(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        _port = ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>A server of one's own, to be disposed.</summary>
    public static async Task<PostgresServer> Start()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("ORCHESTRATOR_TEST_SERVICES") == "none", "ORCHESTRATOR_TEST_SERVICES is none");
        var server = new PostgresServer();
        await server.Script("start");
        return server;
    }

    /// <summary>Stops at once, without finishing anything, and starts again from what is on the disk.</summary>
    public async Task Crash()
    {
        await Script("stop", "immediate");
        await Script("start");
    }

    /// <summary>A connection string to an empty schema of its own.</summary>
    public async Task<string> NewSchema()
    {
        var address = $"Host=127.0.0.1;Port={_port};Username=orchestrator;Database=orchestrator";
        var schema = $"test_{Guid.NewGuid():N}";
        await using var source = NpgsqlDataSource.Create($"{address};Pooling=false");
        await using var command = source.CreateCommand($"create schema {schema}");
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        return $"{address};Search Path={schema}";
    }

    public async ValueTask DisposeAsync()
    {
        await Script("stop");
        Directory.Delete(_folder, recursive: true);
    }

    private async Task Script(string action, string stopMode = "fast")
    {
        var start = new ProcessStartInfo(
            Path.Combine(Repository(), "eng", "services", "postgres.sh"), [action, Path.Combine(_folder, "server"), _port.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardError = true,
            Environment = { ["POSTGRES_STOP_MODE"] = stopMode },
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
}

/// <summary>The server that most tests share; it stops when the last test of the assembly has ended.</summary>
public sealed class SharedPostgres : IAsyncDisposable
{
    private static readonly Lazy<Task<PostgresServer>> Server = new(PostgresServer.Start);

    /// <summary>A connection string to an empty schema of its own.</summary>
    public static async Task<string> NewSchema() => await (await Server.Value).NewSchema();

    public async ValueTask DisposeAsync()
    {
        if (Server.IsValueCreated && Server.Value.IsCompletedSuccessfully)
        {
            await (await Server.Value).DisposeAsync();
        }
    }
}

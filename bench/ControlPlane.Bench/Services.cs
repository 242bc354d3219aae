using System.Globalization;
using Npgsql;
using Orchestrator.Client;
using Orchestrator.Messaging.RabbitMq;
using Orchestrator.Platform;
using Orchestrator.TestServices;

namespace Orchestrator.ControlPlane.Bench;

/// <summary>A private RabbitMQ, a private PostgreSQL and one <c>orchestrator silo</c> as users start it: each a process of its own.</summary>
internal sealed class Services : IAsyncDisposable
{
    private readonly RabbitMqServer _broker;
    private readonly PostgresServer _database;
    private readonly TestFolder _folder = new();
    private static Services? _running;
    private CommandLine? _silo;

    private Services(RabbitMqServer broker, PostgresServer database) => (_broker, _database) = (broker, database);

    public BrokerOptions Broker => BrokerOptions.Parse(_broker.Address());

    /// <summary>Where Celery finds the same broker.</summary>
    public string BrokerAddress => _broker.Address();

    public int DatabasePort => _database.Port;

    public string Artifacts => Path.Combine(_folder, "artifacts");

    public Uri Address { get; } = new($"http://127.0.0.1:{FreePort.Any()}");

    /// <summary>Process ids by role.</summary>
    public IReadOnlyDictionary<string, int> Processes => new Dictionary<string, int>
    {
        ["silo"] = _silo!.Id,
        ["worker"] = Environment.ProcessId,
        ["broker"] = PidIn(Path.Combine(_broker.Folder, "pid")),
        ["database"] = PidIn(Path.Combine(_database.Folder, "data", "postmaster.pid")),
    };

    /// <summary>What the silo said on stderr.</summary>
    public string SiloLog => _silo!.Error;

    public static async Task<Services> Start()
    {
        var services = _running = new Services(await RabbitMqServer.StartNew(), await PostgresServer.StartNew());
        services._silo = CommandLine.Start(
            services._folder, "silo", "--listen", services.Address.ToString(), "--rabbitmq", services._broker.Address(), "--postgres", services._database.Address(),
            "--artifacts", services.Artifacts, "--silo-port", "0", "--gateway-port", "0", "--prometheus", "true");
        var client = services.Client();
        await BenchCluster.Until(async () => !services._silo.HasExited ? await Answers(client) : throw new InvalidOperationException(services.SiloLog), "the silo answers", TimeSpan.FromSeconds(60));
        return services;
    }

    public OrchestratorClient Client() => new(OrchestratorClient.CreateHttp(Address, null));

    /// <summary>One number of the database.</summary>
    public async Task<double> Ask(string sql)
    {
        await using var source = NpgsqlDataSource.Create($"{_database.Address()};Pooling=false");
#pragma warning disable CA2100 // constant text of this program
        await using var command = source.CreateCommand(sql);
#pragma warning restore CA2100
        return Convert.ToDouble(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
    }

    /// <summary>Ends the program when it is told to, and the servers with it: they would go on without it.</summary>
    public static async Task EndAll()
    {
        await (_running?.DisposeAsync() ?? ValueTask.CompletedTask);
        Environment.Exit(130);
    }

    public async ValueTask DisposeAsync()
    {
        _running = null;
        if (_silo is not null)
        {
            await _silo.DisposeAsync();
        }
        await _broker.DisposeAsync();
        await _database.DisposeAsync();
        _folder.Dispose();
    }

    private static async Task<bool> Answers(OrchestratorClient client)
    {
        try
        {
            await client.ListWorkers();
            return true;
        }
        catch (OrchestratorException)
        {
            return false;
        }
    }

    private static int PidIn(string file) => int.Parse(File.ReadLines(file).First(), CultureInfo.InvariantCulture);
}

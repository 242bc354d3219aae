using System.Globalization;
using Orchestrator.Client;
using Orchestrator.Platform;

namespace Orchestrator.Faults.Tests;

/// <summary>RabbitMQ, PostgreSQL, silos and workers of one test, all of them real, behind proxies that can cut them off.</summary>
internal sealed class Cluster : IAsyncDisposable
{
    private readonly Dictionary<string, CommandLine> _processes = [];
    private readonly List<CommandLine> _ended = [];
    private readonly TestFolder _folder = new();
    private readonly ClusterSettings _settings;

    private Cluster(ClusterSettings settings, PostgresServer database, RabbitMqServer broker)
    {
        (_settings, Database, Broker) = (settings, database, broker);
        (DatabaseOfSilos, BrokerOfSilos, BrokerOfWorkers) = (new TcpProxy(database.Port), new TcpProxy(broker.Port), new TcpProxy(broker.Port));
    }

    public PostgresServer Database { get; }

    public RabbitMqServer Broker { get; }

    public TcpProxy DatabaseOfSilos { get; }

    public TcpProxy BrokerOfSilos { get; }

    public TcpProxy BrokerOfWorkers { get; }

    /// <summary>The artifact store if it is a folder, as this process sees it.</summary>
    public string Artifacts => Path.Combine(_settings.Disk?.Outside ?? _folder, "artifacts");

    /// <summary>The bytes of an artifact, wherever this cluster keeps them.</summary>
    public async Task<byte[]> Artifact(string hash) => _settings.Store is { } bucket
        ? bucket.Objects[$"faults/{hash[..2]}/{hash[2..4]}/{hash}"]
        : await File.ReadAllBytesAsync(Path.Combine(Artifacts, hash[..2], hash[2..4], hash), TestContext.Current.CancellationToken);

    public TimeSpan Lease => _settings.Lease;

    public static async Task<Cluster> Start(ClusterSettings? settings = null)
    {
        Assert.SkipUnless(PrivateServer.Wanted, "ORCHESTRATOR_TEST_SERVICES is none");
        settings ??= new ClusterSettings();
        var broker = RabbitMqServer.StartNew(settings.BrokerConfiguration);
        var database = PostgresServer.StartNew();
        var cluster = new Cluster(settings, await database, await broker);
        try
        {
            for (var silo = 1; silo <= settings.Silos; silo++)
            {
                cluster.StartSilo(silo);
            }
            for (var worker = 1; worker <= settings.Workers; worker++)
            {
                cluster.StartWorker($"w{worker}");
            }
            for (var silo = 1; silo <= settings.Silos; silo++)
            {
                await cluster.Until($"silo {silo} answers and every worker has joined", async () =>
                    (await cluster.Client(silo).ListWorkers(TestContext.Current.CancellationToken)).Count == settings.Workers);
            }
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>The API of one of the silos.</summary>
    public OrchestratorClient Client(int silo = 1) => new(OrchestratorClient.CreateHttp(new Uri(Listen(silo)), null));

    /// <summary>A process by its name: <c>silo1</c>, <c>w1</c>.</summary>
    public CommandLine Process(string name) => _processes[name];

    public CommandLine Silo(int number) => Process($"silo{number}");

    public CommandLine Worker(string name) => Process(name);

    /// <summary>Starts a process by its name, also again after its end.</summary>
    public void Start(string name)
    {
        if (name.StartsWith("silo", StringComparison.Ordinal))
        {
            StartSilo(int.Parse(name["silo".Length..], CultureInfo.InvariantCulture));
        }
        else
        {
            StartWorker(name);
        }
    }

    public void StartSilo(int number) => _processes[$"silo{number}"] = CommandLine.StartBy(
        Launcher, _folder, _settings.Environment, ["silo", "--listen", Listen(number), "--silo-port", "0", "--gateway-port", "0",
        "--rabbitmq", Broker.Address(BrokerOfSilos.Port), "--postgres", Database.Address(DatabaseOfSilos.Port), .. Store,
        "--lease", _settings.Lease.TotalSeconds.ToString(CultureInfo.InvariantCulture), "--prometheus", "true"]);

    public void StartWorker(string name, IReadOnlyDictionary<string, string>? environment = null) => _processes[name] = CommandLine.StartBy(
        Launcher, _folder, environment ?? _settings.Environment, ["worker", "--name", name, "--device", "cpu", "--slots", "1", "--checkpoint-every", "0.2",
        "--rabbitmq", Broker.Address(BrokerOfWorkers.Port), .. Store]);

    /// <summary>Runs one command with the cluster's settings in its environment.</summary>
    public async Task<Outcome> Run(params string[] arguments)
    {
        await using var command = CommandLine.Start(_folder, new Dictionary<string, string>
        {
            ["ORCHESTRATOR_RABBITMQ"] = Broker.Address(),
            ["ORCHESTRATOR_POSTGRES"] = Database.Address() + ";Password=secret-word",
            ["ORCHESTRATOR_ARTIFACTS"] = Artifacts,
            ["ORCHESTRATOR_URL"] = Listen(1),
            ["ORCHESTRATOR_DATA"] = _folder,
        }, arguments);
        return await command.End();
    }

    /// <summary>What a silo tells Prometheus.</summary>
    public async Task<string> Metrics(int silo = 1)
    {
        using var http = OrchestratorClient.CreateHttp(new Uri(Listen(silo)), null);
        return await http.GetStringAsync(new Uri("metrics", UriKind.Relative), TestContext.Current.CancellationToken);
    }

    /// <summary>kill -9, and waits until it is gone.</summary>
    public async Task Kill(string name)
    {
        await _processes[name].Signal("KILL");
        await _processes[name].End();
        _ended.Add(_processes[name]);
    }

    /// <summary>SIGTERM, and waits until it has ended; its exit code.</summary>
    public async Task<int> Stop(string name)
    {
        await _processes[name].Signal("TERM");
        return (await _processes[name].End()).ExitCode;
    }

    /// <summary>Waits until something holds. What the API refuses meanwhile counts as not yet; a bound that passes fails with what every process said.</summary>
    public async Task Until(string what, Func<Task<bool>> holds, TimeSpan? within = null)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(within ?? TimeSpan.FromMinutes(3));
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        var last = "";
        while (!limit.IsCancellationRequested)
        {
            try
            {
                if (await holds())
                {
                    return;
                }
            }
            catch (Exception notYet) when (notYet is OrchestratorException or HttpRequestException or TaskCanceledException)
            {
                last = notYet.Message;
            }
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }
        Assert.Fail($"not reached: {what}. Last: {last}\n{Said()}");
    }

    /// <summary>The last lines of every process.</summary>
    public string Said() => string.Join('\n', _processes.Select(p => $"--- {p.Key}{(p.Value.HasExited ? " (ended)" : "")}\n{Tail(p.Value.Error)}"));

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes.Values)
        {
            await process.DisposeAsync();
        }
        await BrokerOfWorkers.DisposeAsync();
        await BrokerOfSilos.DisposeAsync();
        await DatabaseOfSilos.DisposeAsync();
        await Broker.DisposeAsync();
        await Database.DisposeAsync();
        _folder.Dispose();
    }

    private readonly Dictionary<int, string> _addresses = [];

    private string Listen(int silo)
    {
        if (!_addresses.TryGetValue(silo, out var address))
        {
            _addresses[silo] = address = $"http://127.0.0.1:{FreePort.Any()}";
        }
        return address;
    }

    private string[] Store => _settings.Store is { } bucket
        ? ["--artifacts", $"s3://{S3Server.Bucket}/faults", "--s3-endpoint", bucket.Address.ToString()]
        : ["--artifacts", Path.Combine(_settings.Disk?.Folder ?? _folder, "artifacts")];

    private IReadOnlyList<string> Launcher => _settings.Disk?.Launcher(_folder) ?? [];

    private static string Tail(string text) => text.Length > 4000 ? "… " + text[^4000..] : text;
}

/// <summary>What a cluster consists of.</summary>
internal sealed record ClusterSettings
{
    public int Silos { get; init; } = 1;

    public int Workers { get; init; } = 2;

    /// <summary>Short, so that a lost worker is noticed in a test's time, and long enough for a machine that is busy.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>Where artifacts go; null for a folder.</summary>
    public S3Server? Store { get; init; }

    /// <summary>The disk that silos and workers write to; null for the machine's.</summary>
    public SmallDisk? Disk { get; init; }

    public string BrokerConfiguration { get; init; } = "";

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
}

namespace Orchestrator.Faults.Tests;

/// <summary>Faults in an order that a seed decides. The first silo and the first worker are left alone, so that something lives long enough to be watched.</summary>
internal sealed class RandomFaults
{
    private readonly Cluster _cluster;
    private readonly Random _random;
    private readonly (string Kind, Func<Task> Inject)[] _faults;
    private readonly Dictionary<string, int> _kinds = [];

    public RandomFaults(Cluster cluster, int seed)
    {
        (_cluster, _random) = (cluster, new Random(seed));
        _faults =
        [
            ("worker killed and started again", () => KillWorker(_random.Next(2) == 0 ? "w2" : "w3")),
            ("silo killed and started again", KillSilo),
            ("broker stopped and started again", () => RestartBroker(_cluster.Broker.Stop)),
            ("broker killed and started again", () => RestartBroker(_cluster.Broker.Kill)),
            ("workers cut off from the broker", () => CutOff(_cluster.BrokerOfWorkers)),
            ("silos cut off from the broker", () => CutOff(_cluster.BrokerOfSilos)),
            ("silos cut off from the database", () => CutOff(_cluster.DatabaseOfSilos)),
        ];
    }

    /// <summary>How many there were.</summary>
    public int Count => _kinds.Values.Sum();

    /// <summary>How many of each kind.</summary>
    public IReadOnlyDictionary<string, int> Kinds => _kinds;

    /// <summary>How long to leave the cluster alone before the next one.</summary>
    public TimeSpan Pause => TimeSpan.FromSeconds(8 + _random.Next(12));

    /// <summary>Injects the next one, and returns when whatever was stopped is started again.</summary>
    public async Task Next()
    {
        var (kind, inject) = _faults[_random.Next(_faults.Length)];
        _kinds[kind] = _kinds.GetValueOrDefault(kind) + 1;
        Supervise();
        await inject();
        Supervise();
    }

    /// <summary>As systemd or Kubernetes do: who could not start while something was away, and ended with the reason, is started again.</summary>
    private void Supervise()
    {
        foreach (var name in new[] { "w2", "w3" }.Where(name => _cluster.Process(name).HasExited))
        {
            _cluster.StartWorker(name);
        }
        if (_cluster.Process("silo2").HasExited)
        {
            _cluster.StartSilo(2);
        }
    }

    private async Task KillWorker(string name)
    {
        await _cluster.Kill(name);
        _cluster.StartWorker(name);
    }

    private async Task KillSilo()
    {
        await _cluster.Kill("silo2");
        _cluster.StartSilo(2);
    }

    private async Task RestartBroker(Func<Task> end)
    {
        await end();
        await _cluster.Broker.StartConfigured();
    }

    private async Task CutOff(TcpProxy from)
    {
        from.Cut();
        await Task.Delay((0.2 + 1.3 * _random.NextDouble()) * _cluster.Lease, TestContext.Current.CancellationToken); // the length of the fault
        from.Mend();
    }
}

using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Orchestrator.Contracts.Identity;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Sweeps;
using Orchestrator.Contracts.Work;
using Orchestrator.Messaging;
using Orchestrator.Storage.Artifacts;
using Orchestrator.Worker.Packs;

namespace Orchestrator.Worker.Tests.Packs;

/// <summary>A worker of one slot that runs a script, between a control plane that grants everything and a store that can be away, on a clock of its own.</summary>
internal sealed class ScriptedWorker : IControlPlane, IArtifactStore, IPackRunner, ILogger<PackHandler>, IDisposable
{
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(90);
    private readonly ConcurrentDictionary<string, byte[]> _files = [];
    private readonly PackHandler _handler;
    private readonly Action<PackSession> _script;

    public ScriptedWorker(Action<PackSession> script, TimeSpan? patience = null, int slots = 1)
    {
        (_script, Claims) = (script, Grant);
        var options = new WorkerOptions { WorkerId = "w#1", Slots = slots, StorePatience = patience ?? TimeSpan.FromMinutes(10) };
        _handler = new PackHandler(options, this, this, this, Time, this);
    }

    public static RunAttempt Run => new(Identities.OfRun(Configuration), 1);

    public FakeTimeProvider Time { get; } = new();

    /// <summary>What there is to train.</summary>
    public RunConfiguration Trained { get; set; } = Configuration;

    /// <summary>What the control plane says to a claim; it grants everything.</summary>
    public Func<ClaimPack, ClaimReply> Claims { get; set; }

    /// <summary>What the control plane says to a heartbeat.</summary>
    public Func<Heartbeat, HeartbeatReply> Beats { get; set; } = _ => new HeartbeatReply(true, [], []);

    /// <summary>What the control plane says to a report.</summary>
    public Func<RunReport, ReportReply> Answer { get; set; } = _ => new ReportReply(true, null);

    /// <summary>Why the store does nothing, or null.</summary>
    public Exception? Away { get; set; }

    /// <summary>Requests that the store answers although it is away.</summary>
    public int Takes { get; set; }

    /// <summary>Requests that the store got while it was away.</summary>
    public int Tries { get; private set; }

    /// <summary>Where the run can continue.</summary>
    public IReadOnlyList<StoredCheckpoint> Resume { get; set; } = [];

    /// <summary>Snapshots that need not be trained again.</summary>
    public IReadOnlyList<StoredSnapshot> Stored { get; set; } = [];

    public int Busy => _handler.Busy;

    public ConcurrentQueue<RunReport> Reports { get; } = [];

    /// <summary>Steps whose snapshots were reported.</summary>
    public IEnumerable<int> Reported => Reports.SelectMany(r => r.Snapshots).Select(s => s.Step);

    public IEnumerable<AttemptEnd> Finished => Reports.Select(r => r.End).OfType<AttemptEnd>();

    /// <summary>Runs in the last heartbeat.</summary>
    public int Renewed { get; private set; }

    public ConcurrentQueue<(LogLevel Level, string Text)> Lines { get; } = [];

    /// <summary>Trains a pack of one; with another seed it is not what its run says.</summary>
    public Task<bool> Train(ulong seed = 0) => Train([Trained with { Seed = seed }]);

    /// <summary>Trains a pack of as many seeds.</summary>
    public Task<bool> TrainSeeds(int seeds) => Train([.. Enumerable.Range(0, seeds).Select(seed => Trained with { Seed = (ulong)seed })], honest: true);

    public ClaimReply Grant(ClaimPack claim) => new([.. claim.Runs.Select(run => new RunGrant(run, Lease, Resume, Stored))], []);

    public Task Drain() => _handler.Drain();

    /// <summary>Lets a second go by on the worker's clock, with a heartbeat.</summary>
    public async Task Second()
    {
        Time.Advance(TimeSpan.FromSeconds(1));
        await _handler.Beat([], TestContext.Current.CancellationToken);
        await Task.Delay(TimeSpan.FromMilliseconds(2), TestContext.Current.CancellationToken); // for the worker's own threads
    }

    /// <summary>Lets time go by until something has happened.</summary>
    public async Task Until(Func<bool> happened)
    {
        for (var second = 0; !happened(); second++)
        {
            Assert.True(second < 5000, "it did not happen");
            await Second();
        }
    }

    public string Store(string content) => Store(System.Text.Encoding.UTF8.GetBytes(content));

    /// <summary>Has all files of another's store.</summary>
    public void Keep(ScriptedWorker other)
    {
        foreach (var (hash, content) in other._files)
        {
            _files[hash] = content;
        }
    }

    public void Dispose() => _handler.Dispose();

    void IPackRunner.Run(PackSession pack) => _script(pack);

    Task<WorkerWelcome> IControlPlane.Hello(WorkerHello hello, CancellationToken cancellation) => Task.FromResult(new WorkerWelcome(true, null, Lease));

    Task<ReportReply> IControlPlane.Bye(WorkerBye bye, CancellationToken cancellation) => Accepted;

    Task<ClaimReply> IControlPlane.Claim(ClaimPack claim, CancellationToken cancellation) =>
        Task.FromResult(Claims(claim));

    Task<HeartbeatReply> IControlPlane.Beat(Heartbeat heartbeat, CancellationToken cancellation)
    {
        Renewed = heartbeat.Runs.Count;
        return Task.FromResult(Beats(heartbeat));
    }

    Task<ReportReply> IControlPlane.Report(RunReport report, CancellationToken cancellation)
    {
        Reports.Enqueue(report);
        return Task.FromResult(Answer(report));
    }

    Task<ReportReply> IControlPlane.Log(WorkerLog log, CancellationToken cancellation) => Accepted;

    Task<string> IArtifactStore.Put(Stream content, CancellationToken cancellation) => Ask(() =>
    {
        using var bytes = new MemoryStream();
        content.CopyTo(bytes);
        return Store(bytes.ToArray());
    });

    Task<byte[]> IArtifactStore.Get(string hash, CancellationToken cancellation) =>
        Ask(() => _files.TryGetValue(hash, out var content) ? content : throw new ArtifactException($"artifact {hash} is not there"));

    Task<string> IArtifactStore.Local(string hash, string copies, CancellationToken cancellation) => throw new NotSupportedException();

    Task<bool> IArtifactStore.Exists(string hash, CancellationToken cancellation) => Ask(() => _files.ContainsKey(hash));

    Task IArtifactStore.Delete(string hash, CancellationToken cancellation) => Ask(() => _files.TryRemove(hash, out _));

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    bool ILogger.IsEnabled(LogLevel logLevel) => true;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Lines.Enqueue((logLevel, formatter(state, exception)));

    private static Task<ReportReply> Accepted => Task.FromResult(new ReportReply(true, null));

    private static RunConfiguration Configuration { get; } = new()
    {
        Model = new ModelConfiguration { Layers = 1, Heads = 2, DModel = 8, DHead = 4, NCtx = 8 },
        Data = new DataConfiguration { Vocab = 8, Parts = [new RepeatedSegments { Shortest = 2, Longest = 4 }] },
        Train = new TrainConfiguration { Steps = 19, Batch = 2 },
        Seed = 0,
    };

    private Task<bool> Train(IEnumerable<RunConfiguration> runs, bool honest = false) => _handler.Train(
        new TrainPack("pack", [.. runs.Select(run => new RunAssignment(
            new RunAttempt(Identities.OfRun(honest ? run : Trained), 1), "sweep", run,
            new RunPlan { SnapshotSteps = [.. Enumerable.Range(0, 20)], Measures = [Measure.Heads] }, null))]),
        false, TestContext.Current.CancellationToken);

    private string Store(byte[] content)
    {
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(content));
        _files[hash] = content;
        return hash;
    }

    private async Task<T> Ask<T>(Func<T> answer)
    {
        await Task.Yield();
        if (Away is { } away && Takes-- <= 0)
        {
            Tries++;
            throw away;
        }
        return answer();
    }
}

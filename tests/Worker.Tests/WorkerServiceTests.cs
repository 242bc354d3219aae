using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Work;
using Orchestrator.Messaging;
using Orchestrator.Storage.Artifacts;
using Orchestrator.Worker.Packs;

namespace Orchestrator.Worker.Tests;

/// <summary>A worker's conversation with the control plane, from its first word to its last.</summary>
public sealed class WorkerServiceTests : IControlPlane, IArtifactStore, IPackRunner, IWorkQueues, IHostApplicationLifetime, IDisposable
{
    private readonly Clock _time = new();
    private readonly ConcurrentQueue<string> _said = [];
    private readonly PackHandler _packs;
    private readonly WorkerService _service;
    private Func<WorkerWelcome> _welcome = () => new WorkerWelcome(true, null, TimeSpan.FromSeconds(18));
    private Func<HeartbeatReply> _beat = () => new HeartbeatReply(true, [], []);
    private Action _goodbye = () => { };
    private IReadOnlyList<string> _taken = [];

    public WorkerServiceTests()
    {
        var options = new WorkerOptions { WorkerId = "w#1", Slots = 1, Heartbeat = TimeSpan.FromSeconds(10) };
        _packs = new PackHandler(options, this, this, this, _time, NullLogger<PackHandler>.Instance);
        _service = new WorkerService(options, this, _packs, this, this, this, _time, NullLogger<WorkerService>.Instance);
    }

    public void Dispose()
    {
        _service.Dispose();
        _packs.Dispose();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_shows_that_it_reaches_the_store_says_hello_and_takes_from_the_queue_of_its_device()
    {
        await Start();
        await Said("beat");

        Assert.Equal(["put", $"hello {Versions.Protocol}", "delete", "take cpu", "beat"], _said.Take(5));
    }

    [Fact]
    public async Task One_that_is_refused_takes_nothing_and_ends_its_process()
    {
        _welcome = () => new WorkerWelcome(false, "another protocol", TimeSpan.Zero);

        await Start();
        await Said("end of the process");

        Assert.DoesNotContain(_said, word => word.StartsWith("take", StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_is_heard_nine_times_in_a_lease()
    {
        await Start();
        for (var beat = 1; beat <= 9; beat++)
        {
            await Until(() => _time.Timers == beat); // it waits for the next
            Assert.Equal(beat, Count("beat"));
            _time.Advance(TimeSpan.FromSeconds(2) - TimeSpan.FromMilliseconds(1));
            Assert.Equal(beat, Count("beat"));
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }
    }

    [Fact]
    public async Task A_control_plane_that_does_not_answer_is_asked_again()
    {
        var asked = 0;
        _welcome = () => ++asked < 3 ? throw new TimeoutException("no answer") : new WorkerWelcome(true, null, TimeSpan.FromSeconds(18));

        await Start();
        await Said("take cpu");

        Assert.Equal(3, asked);
    }

    [Fact]
    public async Task A_control_plane_that_has_forgotten_it_is_told_again_who_it_is()
    {
        var beats = 0;
        _beat = () => new HeartbeatReply(++beats != 2, [], []);

        await Start();
        await Until(() => Count("hello") == 2 && Count("beat") == 3, passing: true);
    }

    [Fact]
    public async Task Queues_that_the_control_plane_names_are_taken_from()
    {
        _beat = () => new HeartbeatReply(true, [], ["cpu.a100"]);

        await Start();
        await Said("take cpu,cpu.a100");
    }

    [Fact]
    public async Task Told_to_stop_it_leaves_its_queues_and_says_goodbye_last()
    {
        await Start();
        await Said("beat");

        await _service.StopAsync(Cancellation);

        Assert.Equal(["leave", "bye"], _said.Where(word => word is "leave" or "bye"));
        Assert.Equal("bye", _said.Last());
    }

    [Fact]
    public async Task A_control_plane_that_is_gone_does_not_keep_it_from_ending()
    {
        await Start();
        await Said("beat");
        _goodbye = () => throw new TimeoutException("no answer");

        await _service.StopAsync(Cancellation);

        Assert.Contains("bye", _said);
    }

    private Task Start() => _service.StartAsync(Cancellation);

    private int Count(string word) => _said.Count(said => said.StartsWith(word, StringComparison.Ordinal));

    private Task Said(string word) => Until(() => _said.Contains(word), passing: true);

    /// <summary>Waits for something that happens on threads of their own, with <paramref name="passing"/> time.</summary>
    private async Task Until(Func<bool> happened, bool passing = false)
    {
        for (var turn = 0; !happened(); turn++)
        {
            Assert.True(turn < 5000, $"it did not happen, but: {string.Join(", ", _said)}");
            if (passing)
            {
                _time.Advance(TimeSpan.FromMilliseconds(100));
            }
            await Task.Delay(TimeSpan.FromMilliseconds(2), Cancellation);
        }
    }

    private T Say<T>(string word, T answer)
    {
        _said.Enqueue(word);
        return answer;
    }

    Task<WorkerWelcome> IControlPlane.Hello(WorkerHello hello, CancellationToken cancellation)
    {
        _said.Enqueue($"hello {hello.ProtocolVersion}");
        return Task.FromResult(_welcome());
    }

    Task<HeartbeatReply> IControlPlane.Beat(Heartbeat heartbeat, CancellationToken cancellation)
    {
        _said.Enqueue("beat");
        return Task.FromResult(_beat());
    }

    Task<ReportReply> IControlPlane.Bye(WorkerBye bye, CancellationToken cancellation)
    {
        _said.Enqueue("bye");
        _goodbye();
        return Task.FromResult(new ReportReply(true, null));
    }

    Task<ClaimReply> IControlPlane.Claim(ClaimPack claim, CancellationToken cancellation) => throw new NotSupportedException();

    Task<ReportReply> IControlPlane.Report(RunReport report, CancellationToken cancellation) => throw new NotSupportedException();

    Task<ReportReply> IControlPlane.Log(WorkerLog log, CancellationToken cancellation) => throw new NotSupportedException();

    Task<string> IArtifactStore.Put(Stream content, CancellationToken cancellation) => Task.FromResult(Say("put", new string('a', 64)));

    Task<byte[]> IArtifactStore.Get(string hash, CancellationToken cancellation) => throw new NotSupportedException();

    Task<string> IArtifactStore.Local(string hash, string copies, CancellationToken cancellation) => throw new NotSupportedException();

    Task<bool> IArtifactStore.Exists(string hash, CancellationToken cancellation) => throw new NotSupportedException();

    Task IArtifactStore.Delete(string hash, CancellationToken cancellation) => Say("delete", Task.CompletedTask);

    void IPackRunner.Run(PackSession pack) => throw new NotSupportedException();

    void IWorkQueues.Take(IReadOnlyCollection<string> queues)
    {
        _taken = [.. queues.Distinct()];
        _said.Enqueue($"take {string.Join(',', _taken)}");
    }

    IReadOnlyList<string> IWorkQueues.Taken => _taken;

    Task IWorkQueues.Leave() => Say("leave", Task.CompletedTask);

    CancellationToken IHostApplicationLifetime.ApplicationStarted => CancellationToken.None;

    CancellationToken IHostApplicationLifetime.ApplicationStopping => CancellationToken.None;

    CancellationToken IHostApplicationLifetime.ApplicationStopped => CancellationToken.None;

    void IHostApplicationLifetime.StopApplication() => _said.Enqueue("end of the process");

    /// <summary>Says how many times somebody has begun to wait.</summary>
    private sealed class Clock : FakeTimeProvider
    {
        private int _timers;

        public int Timers => Volatile.Read(ref _timers);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            Interlocked.Increment(ref _timers);
            return timer;
        }
    }
}

using System.Collections.Concurrent;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Sweeps;
using Orchestrator.Contracts.Work;

namespace Orchestrator.Messaging.Tests;

/// <summary>What control plane and worker may expect of each other, over whatever carries it.</summary>
public abstract class BusContract : IAsyncLifetime
{
    private static readonly JsonSerializerOptions Options = new(Json.Options) { NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals };
    private static readonly RunAttempt Run = new("run", 2);
    private const string Cpu = "cpu";
    private IServiceProvider _silo = null!;
    private IServiceProvider _worker = null!;

    protected Echo Control { get; } = new();

    protected Sink Worker { get; } = new();

    /// <summary>Starts both ends with <see cref="Control"/> and <see cref="Worker"/> behind them.</summary>
    protected abstract Task<(IServiceProvider Silo, IServiceProvider Worker)> Start();

    protected abstract Task Stop();

    /// <summary>Cuts every connection between the ends and mends it, if there is any.</summary>
    protected virtual Task Cut() => Task.CompletedTask;

    /// <summary>Lets nothing through between the ends for a while, if anything can be held up.</summary>
    protected virtual Task Pause() => Task.CompletedTask;

    public async ValueTask InitializeAsync()
    {
        (_silo, _worker) = await Start();
        await Take(Cpu);
    }

    public async ValueTask DisposeAsync()
    {
        await Stop();
        GC.SuppressFinalize(this);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_pack_arrives_as_it_was_sent()
    {
        var pack = new TrainPack("pack", [Assignment()]);
        await _silo.GetRequiredService<IWorkers>().Send("cpu", pack, TestContext.Current.CancellationToken);
        Assert.Equal(Text(pack), Text(await Worker.Packs.Reader.ReadAsync(TestContext.Current.CancellationToken)));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_worker_takes_packs_from_the_queues_that_it_is_told_and_from_no_others()
    {
        var (workers, queues, token) = (_silo.GetRequiredService<IWorkers>(), _worker.GetRequiredService<IWorkQueues>(), TestContext.Current.CancellationToken);
        const string queue = "cpu.0123456789ab";
        Assert.Equal([Cpu], queues.Taken);

        await Take(Cpu, queue);
        await workers.Send(queue, new TrainPack("first", []), token);
        Assert.Equal("first", (await Worker.Packs.Reader.ReadAsync(token)).PackId);

        queues.Take([Cpu]);
        Assert.Equal([Cpu], queues.Taken);
        await workers.Send("cpu", new TrainPack("plain", []), token);
        Assert.Equal("plain", (await Worker.Packs.Reader.ReadAsync(token)).PackId);

        await Take(Cpu, queue); // once the removal that is under way has ended
        await workers.Send(queue, new TrainPack("second", []), token);
        Assert.Equal("second", (await Worker.Packs.Reader.ReadAsync(token)).PackId);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_pack_that_was_sent_before_anybody_took_from_its_queue_waits_there()
    {
        var sent = _silo.GetRequiredService<IWorkers>().Send(DeviceClass.Cuda, new TrainPack("early", []), TestContext.Current.CancellationToken);

        await Take(Cpu, DeviceClass.Cuda);

        Assert.Equal("early", (await Worker.Packs.Reader.ReadAsync(TestContext.Current.CancellationToken)).PackId);
        await sent;
    }

    [Fact(Timeout = 60_000)]
    public async Task A_pack_that_a_worker_does_not_take_goes_back_to_its_queue()
    {
        var (tries, token) = (0, TestContext.Current.CancellationToken);
        Worker.Takes = _ => Task.FromResult(++tries == 3);

        await _silo.GetRequiredService<IWorkers>().Send(Cpu, new TrainPack("pack", [Assignment()]), token);

        for (var time = 0; time < 3; time++)
        {
            Assert.Equal("pack", (await Worker.Packs.Reader.ReadAsync(token)).PackId);
        }
        await _silo.GetRequiredService<IWorkers>().Send(Cpu, new TrainPack("next", []), token);
        Assert.Equal("next", (await Worker.Packs.Reader.ReadAsync(token)).PackId); // taken the third time: it does not come again
    }

    [Fact(Timeout = 60_000)]
    public async Task A_worker_that_leaves_ends_the_pack_at_hand_and_takes_no_other()
    {
        var (workers, queues, token) = (_silo.GetRequiredService<IWorkers>(), _worker.GetRequiredService<IWorkQueues>(), TestContext.Current.CancellationToken);
        var end = new TaskCompletionSource<bool>();
        Worker.Takes = _ => end.Task;
        await workers.Send(Cpu, new TrainPack("at hand", []), token);
        Assert.Equal("at hand", (await Worker.Packs.Reader.ReadAsync(token)).PackId);

        var left = queues.Leave();
        queues.Take([Cpu]);

        Assert.Empty(queues.Taken);
        Assert.False(left.IsCompleted);
        end.SetResult(true);
        await left.WaitAsync(token);
        await workers.Send(Cpu, new TrainPack("for others", []), token);
        Assert.False(Worker.Packs.Reader.TryRead(out _));
    }

    private async Task Take(params string[] wanted)
    {
        var queues = _worker.GetRequiredService<IWorkQueues>();
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        queues.Take(wanted);
        while (!queues.Taken.SequenceEqual(wanted))
        {
            await pace.WaitForNextTickAsync(TestContext.Current.CancellationToken);
            queues.Take(wanted);
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task Every_call_reaches_the_control_plane_as_it_was_made_and_is_answered()
    {
        var (control, token) = (_worker.GetRequiredService<IControlPlane>(), TestContext.Current.CancellationToken);
        var snapshot = new RunReport("w#1", Run, [new MeasuredSnapshot(20, 1, [Measure.Heads, Measure.InContextLearning], [1, 2, 255], "hash")], [new StoredCheckpoint(20, "c")], null, "run");
        var (hello, claim, beat) = (new WorkerHello("w#1", "cpu", 2, "host", 7.5, ["a100"], "proof", 1, 1, 1), new ClaimPack("w#1", "pack", [Run], true), new Heartbeat("w#1", 1, ["cpu.0123456789ab"], [new RunProgress(Run, 3, double.NaN)]));
        var finished = new RunReport("w#1", Run, [], [], new AttemptEnd(RunOutcome.Faulted, 3, "out of memory", 1.5), "run");

        Assert.Equal(new WorkerWelcome(false, "because", TimeSpan.FromSeconds(90)), await control.Hello(hello, token));
        var reply = await control.Claim(claim, token);
        Assert.Equal(Text(Echo.Granted), Text(reply));
        var answer = await control.Beat(beat, token);
        Assert.Equal(("stop", "cpu.0123456789ab"), (Assert.Single(answer.Stop).Reason, Assert.Single(answer.Queues)));
        Assert.True((await control.Report(snapshot, token)).Accepted);
        Assert.True((await control.Report(finished, token)).Accepted);
        var log = new WorkerLog("w#1", [new RunLogEntry(Run.RunId, 1, DateTimeOffset.UnixEpoch.AddTicks(1), "w#1", 7, LogSeverity.Warning, "a line")]);
        Assert.True((await control.Log(log, token)).Accepted);
        Assert.True((await control.Bye(new WorkerBye("w#1"), token)).Accepted);

        object[] sent = [hello, claim, beat, snapshot, finished, log, new WorkerBye("w#1")];
        Assert.Equal(sent.Select(Text), Control.Heard.Select(Text));
    }

    [Fact(Timeout = 60_000)]
    public async Task An_order_to_stop_reaches_the_worker_it_is_for()
    {
        await _silo.GetRequiredService<IWorkers>().Stop("w#1", new StopRuns([new RunRefusal(Run, "cancelled")]), TestContext.Current.CancellationToken);
        Assert.Equal("cancelled", Assert.Single((await Worker.Stops.Task).Runs).Reason);
    }

    [Fact(Timeout = 120_000)]
    public async Task After_connections_were_cut_packs_calls_and_orders_arrive_again()
    {
        await Cut();
        await EverythingArrives(TestContext.Current.CancellationToken);
    }

    [Fact(Timeout = 120_000)]
    public async Task After_connections_stood_still_packs_calls_and_orders_arrive_again()
    {
        await Pause();
        await EverythingArrives(TestContext.Current.CancellationToken);
    }

    /// <summary>A call may fail while the bus comes back; whoever made it makes it again.</summary>
    private async Task EverythingArrives(CancellationToken token)
    {
        var workers = _silo.GetRequiredService<IWorkers>();
        await Again(() => _worker.GetRequiredService<IControlPlane>().Bye(new WorkerBye("w#1"), token));
        await Again(() => workers.Send(Cpu, new TrainPack("pack", []), token));
        await Again(() => workers.Stop("w#1", new StopRuns([new RunRefusal(Run, "cancelled")]), token));
        Assert.Equal("pack", (await Worker.Packs.Reader.ReadAsync(token)).PackId);
        Assert.Equal("cancelled", Assert.Single((await Worker.Stops.Task.WaitAsync(token)).Runs).Reason);
    }

    private static async Task Again(Func<Task> call)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (true)
        {
            try
            {
                await call();
                return;
            }
            catch (Exception) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
            {
                await pace.WaitForNextTickAsync(TestContext.Current.CancellationToken);
            }
        }
    }

    protected static string Text(object message) => JsonSerializer.Serialize(message, message.GetType(), Options);

    protected static RunAssignment Assignment() => new(
        Run, "sweep",
        new RunConfiguration
        {
            Model = new ModelConfiguration { Layers = 2, Heads = 2, DModel = 64, DHead = 32, NCtx = 32 },
            Data = new DataConfiguration
            {
                Vocab = 32,
                Parts = [new RepeatedSegments { Shortest = 8, Longest = 16, Weight = 0.6 }, new Language { Weight = 0.4 }, new Text { Files = [new TextFile("a.txt", "00", 3)], Tokenizer = new Tokenizer { Kind = TokenizerKind.Bytes } }],
            },
            Train = new TrainConfiguration { Steps = 300, Batch = 32 },
            Seed = ulong.MaxValue,
        },
        new RunPlan { SnapshotSteps = [0, 150, 300], Measures = [Measure.Heads, Measure.InContextLearning] },
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");

    protected sealed class Sink : IWorkHandler
    {
        public Channel<TrainPack> Packs { get; } = Channel.CreateUnbounded<TrainPack>();

        public TaskCompletionSource<StopRuns> Stops { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Whether packs are taken; else they go back to their queue.</summary>
        public Func<TrainPack, Task<bool>> Takes { get; set; } = _ => Task.FromResult(true);

        public async Task<bool> Train(TrainPack pack, bool redelivered, CancellationToken cancellation)
        {
            Packs.Writer.TryWrite(pack);
            return await Takes(pack);
        }

        public void Stop(StopRuns stop) => Stops.TrySetResult(stop);
    }

    protected sealed class Echo : IControlPlane
    {
        public static ClaimReply Granted { get; } = new(
            [new RunGrant(Run, TimeSpan.FromSeconds(90), [new StoredCheckpoint(7, "c")], [new StoredSnapshot(5, "w", true)])], [new RunRefusal(new RunAttempt("other", 1), "stale")]);

        public ConcurrentQueue<object> Heard { get; } = [];

        public Task<WorkerWelcome> Hello(WorkerHello hello, CancellationToken cancellation) => Hear(hello, new WorkerWelcome(false, "because", TimeSpan.FromSeconds(90)));

        public Task<ReportReply> Bye(WorkerBye bye, CancellationToken cancellation) => Hear(bye, new ReportReply(true, null));

        public Task<ClaimReply> Claim(ClaimPack claim, CancellationToken cancellation) => Hear(claim, Granted);

        public Task<HeartbeatReply> Beat(Heartbeat heartbeat, CancellationToken cancellation) => Hear(heartbeat, new HeartbeatReply(true, [new RunRefusal(Run, "stop")], ["cpu.0123456789ab"]));

        public Task<ReportReply> Report(RunReport report, CancellationToken cancellation) => Hear(report, new ReportReply(true, null));

        public Task<ReportReply> Log(WorkerLog log, CancellationToken cancellation) => Hear(log, new ReportReply(true, null));

        private Task<T> Hear<T>(object message, T reply)
        {
            Heard.Enqueue(message);
            return Task.FromResult(reply);
        }
    }
}

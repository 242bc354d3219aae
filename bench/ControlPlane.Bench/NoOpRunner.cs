using System.Collections.Concurrent;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Work;
using Orchestrator.Worker.Packs;

namespace Orchestrator.ControlPlane.Bench;

/// <summary>
/// Trains nothing: reports both snapshots of a one-step run with undefined metrics and ends it. Everything around it is real. The
/// weights are the same few bytes for every run, so that what is timed is the control plane and not the artifact store's disk.
/// </summary>
internal sealed class NoOpRunner(TimeProvider time) : IPackRunner, IDisposable
{
    private static readonly byte[] Weights = [1, 2, 3, 4];
    private readonly ConcurrentDictionary<int, long> _idleSince = [];
    private readonly ManualResetEventSlim _never = new();
    private TaskCompletionSource<long>? _started;
    private TaskCompletionSource? _ran;
    private int _wanted = int.MaxValue;
    private int _markEvery = int.MaxValue;
    private int _done;

    /// <summary>How long a pack keeps its slot.</summary>
    public TimeSpan Takes { get; set; } = TimeSpan.Zero;

    /// <summary>From a runner's return to the next call on the same slot, milliseconds.</summary>
    public ConcurrentQueue<double> Gaps { get; } = [];

    /// <summary>Packs begun, and runs in them.</summary>
    public (int Packs, int Runs) Begun;

    /// <summary>Time stamps of the runs that were asked for with <see cref="MarkEvery"/>.</summary>
    public ConcurrentQueue<long> Marks { get; } = [];

    /// <summary>Notes the time of every so many runs.</summary>
    public void MarkEvery(int runs) => _markEvery = runs;

    /// <summary>Completes when so many runs were ended since the last <see cref="Reset"/>.</summary>
    public Task Ran(int runs)
    {
        _ran = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _wanted, runs);
        Check(Volatile.Read(ref _done));
        return _ran.Task;
    }

    /// <summary>Completes with the time stamp of the next start.</summary>
    public Task<long> NextStart()
    {
        _started = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        return _started.Task;
    }

    public void Run(PackSession pack)
    {
        var now = time.GetTimestamp();
        Interlocked.Exchange(ref _started, null)?.TrySetResult(now);
        if (_idleSince.TryRemove(Environment.CurrentManagedThreadId, out var since))
        {
            Gaps.Enqueue(time.GetElapsedTime(since, now).TotalMilliseconds);
        }
        Interlocked.Increment(ref Begun.Packs);
        Interlocked.Add(ref Begun.Runs, pack.Members.Count);
        if (Takes > TimeSpan.Zero)
        {
            _never.Wait(Takes);
        }
        foreach (var member in pack.Members)
        {
            NoOp(member);
            var done = Interlocked.Increment(ref _done);
            if (done % _markEvery == 0)
            {
                Marks.Enqueue(time.GetTimestamp());
            }
            Check(done);
        }
        _idleSince[Environment.CurrentManagedThreadId] = time.GetTimestamp();
    }

    public void Dispose() => _never.Dispose();

    /// <summary>Forgets the gaps so far, also those that are open.</summary>
    public void Reset()
    {
        _idleSince.Clear();
        Gaps.Clear();
        Marks.Clear();
        Begun = (0, 0);
        (_done, _wanted, _markEvery) = (0, int.MaxValue, int.MaxValue);
    }

    private void Check(int done)
    {
        if (done >= Volatile.Read(ref _wanted))
        {
            _ran?.TrySetResult();
        }
    }

    private static void NoOp(PackMember member)
    {
        var (run, plan) = (member.Assignment.Configuration, member.Assignment.Plan);
        var vector = MetricVector.Undefined(MetricLayout.For(run.Model, plan.Measures));
        foreach (var step in plan.SnapshotSteps)
        {
            member.Progress(step, 3.0);
            member.Snapshot(step, Weights, vector, null);
        }
        member.End(RunOutcome.Completed, run.Train.Steps, null, null, 0);
    }
}

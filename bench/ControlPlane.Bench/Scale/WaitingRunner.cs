using System.Collections.Concurrent;
using System.Security.Cryptography;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Work;
using Orchestrator.Worker.Packs;

namespace Orchestrator.ControlPlane.Bench.Scale;

/// <summary>
/// Waits as long as training would take, and tells what a training loop tells meanwhile: progress, snapshots with a metric vector
/// of full size, checkpoints by the clock, the end; when told to stop it gives the run back with a checkpoint.
/// </summary>
internal sealed class WaitingRunner(ScaleOptions options, TimeProvider time) : IPackRunner
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(9); // every heartbeat finds that the run moved; ten thousand threads wake no more often than that needs
    private static readonly byte[] Weights = [1, 2, 3, 4];
    private readonly ConcurrentDictionary<int, long> _idleSince = [];
    private readonly ConcurrentDictionary<int, byte[]> _vectors = [];
    private int _busy;
    private long _ended;

    /// <summary>From a runner's return to the next call on the same slot, milliseconds.</summary>
    public ConcurrentQueue<double> Gaps { get; } = [];

    /// <summary>Slots that wait in a run.</summary>
    public int Busy => Volatile.Read(ref _busy);

    /// <summary>Runs that came to their end.</summary>
    public long Ended => Interlocked.Read(ref _ended);

    public void Run(PackSession pack)
    {
        if (_idleSince.TryRemove(Environment.CurrentManagedThreadId, out var since))
        {
            Gaps.Enqueue(time.GetElapsedTime(since).TotalMilliseconds);
        }
        Interlocked.Increment(ref _busy);
        foreach (var member in pack.Members)
        {
            Train(member, pack.Draining); // the model of this simulation fills its slot: packs have one member
        }
        Interlocked.Decrement(ref _busy);
        _idleSince[Environment.CurrentManagedThreadId] = time.GetTimestamp();
    }

    private void Train(PackMember member, CancellationToken draining)
    {
        var (run, plan) = (member.Assignment.Configuration, member.Assignment.Plan);
        var took = options.RunTime * (0.75 + run.Seed % 1000 / 2000.0);
        var (begun, checkpointed) = (time.GetTimestamp(), time.GetTimestamp());
        foreach (var step in plan.SnapshotSteps)
        {
            for (var due = took * ((double)step / run.Train.Steps); time.GetElapsedTime(begun) is var passed && passed < due;)
            {
                var now = (int)(passed / took * run.Train.Steps);
                if (draining.WaitHandle.WaitOne(due - passed < Pace ? due - passed : Pace))
                {
                    member.End(RunOutcome.Released, now, "the worker was told to stop", Checkpoint(member, now), passed.TotalSeconds);
                    return;
                }
                if (member.Stopped)
                {
                    return;
                }
                member.Progress(now, 3.0);
                if (time.GetElapsedTime(checkpointed) >= options.CheckpointEvery && passed < due)
                {
                    member.Checkpoint(now, Checkpoint(member, now));
                    checkpointed = time.GetTimestamp();
                }
            }
            member.Progress(step, 3.0);
            member.Snapshot(step, Weights, Vector(member), null);
        }
        Interlocked.Increment(ref _ended);
        member.End(RunOutcome.Completed, run.Train.Steps, null, null, took.TotalSeconds);
    }

    /// <summary>A file of this run and step alone, as a real one is.</summary>
    private static byte[] Checkpoint(PackMember member, int step) => [.. NoFiles.Checkpoint, .. System.Text.Encoding.UTF8.GetBytes($"{member.Assignment.Run.RunId} {step}")];

    /// <summary>Numbers that do not compress, as measured ones do not.</summary>
    private MetricVector Vector(PackMember member)
    {
        var layout = MetricLayout.For(member.Assignment.Configuration.Model, member.Assignment.Plan.Measures);
        return MetricVector.FromBytes(layout, _vectors.GetOrAdd(layout.Length, floats =>
        {
            var values = new float[floats];
            for (var i = 0; i < floats; i++)
            {
                values[i] = RandomNumberGenerator.GetInt32(1 << 24) / (float)(1 << 24);
            }
            return new MetricVector(layout, values).ToBytes();
        }));
    }
}
